// Builds static/samsvar.css (every page), static/staff.css (staff pages besides) and static/wall.css (the wall of a poll,
// alone) from the files of this folder.
// Reproducible: the versions are pinned in package-lock.json and nothing depends on the clock or the machine.
//   cd design && npm ci && npm run build

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Features, bundle, transform } from "lightningcss";
import postcss from "postcss";
import parser from "postcss-selector-parser";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "static");
const system = join(here, "node_modules", "@digdir", "designsystemet-css");
const { version, license } = JSON.parse(readFileSync(join(system, "package.json"), "utf8"));
// The phones of the last four years or so. :dir() and color-scheme stay as written.
const targets = { chrome: 105 << 16, firefox: 121 << 16, safari: (16 << 16), ios_saf: 16 << 16 };
const exclude = Features.DirSelector | Features.LightDark | Features.LogicalProperties;

// What the design system can do and no page here does: read-only and disabled controls, switches, other tones and sizes,
// other components. A selector that needs one of these can never match.
const unused = {
  attribute: new Set([
    "readonly", "aria-readonly", "aria-disabled", "aria-busy", "role", "data-clickdelegatefor", "data-position", "hidden",
    "data-fullwidth", "data-icon", "data-color", "data-field", "data-size", "data-zebra", "data-border", "data-hover",
    "data-sticky-header", "data-tooltip", "data-multiple", "data-weight", "data-width", "aria-sort",
  ]),
  pseudo: new Set([":disabled", ":indeterminate", ":open", ":-moz-read-only", "::-moz-placeholder", "::placeholder", "::part", "::details-content"]),
  class: new Set(["ds-skiplink", "ds-card", "ds-heading", "ds-field-affixes", ":click-delegate-hover"]),
  tag: new Set(["u-summary", "img"]),
};
// A choice is a whole row here, so the design system's fit of a radio button in its own field is not needed.
const radioInField = /^(?=.*\.ds-field)(?=.*(radio|checkbox))/;

function dead(selector) {
  if (radioInField.test(String(selector))) return true;
  return selector.nodes.some((node) => {
    if (node.type === "pseudo" && node.nodes.length && !unused.pseudo.has(node.value)) {
      node.nodes.filter(dead).forEach((alternative) => alternative.remove());
      const nothingLeft = node.nodes.length === 0;
      if (nothingLeft && node.value === ":not") node.remove();
      return nothingLeft && node.value !== ":not";
    }
    const name = node.type === "attribute" ? node.attribute : node.value;
    return unused[node.type]?.has(name) ?? false;
  });
}

function prune(css) {
  const tree = postcss.parse(css);
  tree.walkRules((rule) => {
    if (rule.parent.type === "atrule" && rule.parent.name.endsWith("keyframes")) return;
    const list = parser().astSync(rule.selector);
    [...list.nodes].filter(dead).forEach((selector) => selector.remove());
    if (list.nodes.length) rule.selector = String(list);
    else rule.remove();
  });
  tree.walkAtRules((rule) => {
    if (rule.nodes && !rule.nodes.length) rule.remove();
  });
  return dropUnreadProperties(tree).toString();
}

// Custom properties that nothing reads any longer go too, until none are left.
function dropUnreadProperties(tree) {
  for (let dropped = true; dropped; ) {
    dropped = false;
    const text = tree.toString();
    tree.walkDecls(/^--/, (declaration) => {
      if (text.includes(`var(${declaration.prop})`) || text.includes(`var(${declaration.prop},`)) return;
      declaration.remove();
      dropped = true;
    });
  }
  tree.walkRules((rule) => {
    if (!rule.nodes.length) rule.remove();
  });
  return tree;
}

function build(name) {
  const bundled = bundle({ filename: join(here, name), targets, exclude }).code.toString();
  const { code } = transform({ filename: name, code: Buffer.from(prune(bundled)), minify: true, targets, exclude });
  const parts = `With parts of Designsystemet CSS ${version}, ${license}: licences/designsystemet-css.txt.`;
  writeFileSync(join(out, name), `/*! Samsvar. ${parts} Built from design/. */\n${code}\n`);
}

mkdirSync(join(out, "licences"), { recursive: true });
build("samsvar.css");
build("staff.css");
build("wall.css");
copyFileSync(join(system, "LICENSE"), join(out, "licences", "designsystemet-css.txt"));
