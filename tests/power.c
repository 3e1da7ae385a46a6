/* What a power cut leaves in the worst case: of each file below POWER_FROM only what was there at its last fsync.
   Preloaded into a server (tests/test_faults_power.py); the copies lie in POWER_TO under the files' names. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int ours(const char *path, char *copy) {
    const char *from = getenv("POWER_FROM"), *to = getenv("POWER_TO"), *name = strrchr(path, '/');
    if (!from || !to || !name || strncmp(path, from, strlen(from))) return 0;
    snprintf(copy, PATH_MAX, "%s%s", to, name);
    return 1;
}

static void keep(int file) {
    char link[64], path[PATH_MAX], copy[PATH_MAX], part[PATH_MAX + 8], some[65536];
    struct stat about;
    ssize_t n;
    off_t at = 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    if ((n = readlink(link, path, sizeof path - 1)) < 0) return;
    path[n] = 0;
    if (fstat(file, &about) || !S_ISREG(about.st_mode) || !ours(path, copy)) return;
    snprintf(part, sizeof part, "%s.part", copy);
    int out = open(part, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (out < 0) abort();
    while ((n = pread(file, some, sizeof some, at)) > 0) {
        if (write(out, some, n) != n) abort();
        at += n;
    }
    close(out);
    rename(part, copy);
}

int fsync(int file) {
    int done = ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(file);
    if (!done) keep(file);
    return done;
}

int fdatasync(int file) {
    int done = ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(file);
    if (!done) keep(file);
    return done;
}

int unlink(const char *path) {
    char copy[PATH_MAX];
    if (ours(path, copy)) ((int (*)(const char *))dlsym(RTLD_NEXT, "unlink"))(copy);
    return ((int (*)(const char *))dlsym(RTLD_NEXT, "unlink"))(path);
}
