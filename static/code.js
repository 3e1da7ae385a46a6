// The code of a scanned slip stands in the fragment, which no server sees: into the field, then out of the address bar.
const scanned = decodeURIComponent(location.hash.slice(1));
const field = document.getElementById("code");
if (/^[A-Za-z0-9 -]{4,40}$/.test(scanned) && field && !field.value) {
  field.value = scanned;
  history.replaceState(null, "", location.pathname);
}
