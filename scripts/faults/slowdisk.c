/* A disk whose flushes take SLOWDISK_MS while the file SLOWDISK_WHILE exists. cc -shared -fPIC -o slowdisk.so slowdisk.c -ldl */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void linger(void) {
  const char *file = getenv("SLOWDISK_WHILE"), *ms = getenv("SLOWDISK_MS");
  if (!file || !ms || access(file, F_OK) != 0) return;
  struct timespec t = {atol(ms) / 1000, (atol(ms) % 1000) * 1000000L};
  nanosleep(&t, 0);
}

int fsync(int fd) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
  linger();
  return real(fd);
}

int fdatasync(int fd) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  linger();
  return real(fd);
}
