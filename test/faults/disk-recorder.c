/*
 * LD_PRELOAD layer of power-cut.test.ts: writes down, in the order in which they happen, all changes that a program makes below
 * SOLAR_RECORD_ROOT, and what it makes sure with fsync, into SOLAR_RECORD_LOG: one line each, names and bytes in hexadecimal. Every
 * file is linked into SOLAR_RECORD_PINS under its inode number, so that no number is used twice while the record is of use.
 * Several processes take turns: the order of the lines is the order of the changes. Nothing is really flushed: the disk is a story.
 * With SOLAR_RECORD_AHEAD_S the clock of programs and files is ahead by so many seconds.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))real(#name))

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1;
static pid_t log_owner = 0;

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

static const char *root(void) { return getenv("SOLAR_RECORD_ROOT"); }

static long ahead(void) { return getenv("SOLAR_RECORD_AHEAD_S") ? atol(getenv("SOLAR_RECORD_AHEAD_S")) : 0; }

int clock_gettime(clockid_t clock, struct timespec *time) {
  int result = REAL(clock_gettime)(clock, time);
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) time->tv_sec += ahead();
  return result;
}

int gettimeofday(struct timeval *time, void *zone) {
  int result = ((int (*)(struct timeval *, void *))real("gettimeofday"))(time, zone);
  time->tv_sec += ahead();
  return result;
}

time_t time(time_t *out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}

/* Whoever forks shares the lock of his parent: each process opens the log for itself. */
static void begin(void) {
  pthread_mutex_lock(&turn);
  if (log_owner != getpid()) {
    log_fd = REAL(open64)(getenv("SOLAR_RECORD_LOG"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    log_owner = getpid();
  }
  while (flock(log_fd, LOCK_EX) != 0 && errno == EINTR) {
  }
}

static void end(void) {
  int kept = errno;
  flock(log_fd, LOCK_UN);
  pthread_mutex_unlock(&turn);
  errno = kept;
}

/* One line: the head as it is, a name or bytes in hexadecimal. A line is one write, so that a kill leaves none by halves. */
static void note(const char *head, const void *bytes, size_t length) {
  int kept = errno;
  size_t head_length = strlen(head);
  char *line = malloc(head_length + 2 * length + 2);
  memcpy(line, head, head_length);
  for (size_t i = 0; i < length; i++) {
    static const char digits[] = "0123456789abcdef";
    unsigned char byte = ((const unsigned char *)bytes)[i];
    line[head_length + 2 * i] = digits[byte >> 4];
    line[head_length + 2 * i + 1] = digits[byte & 15];
  }
  line[head_length + 2 * length] = '\n';
  size_t whole = head_length + 2 * length + 1;
  if (REAL(write)(log_fd, line, whole) != (ssize_t)whole) abort();
  free(line);
  errno = kept;
}

static int below(const char *path) {
  size_t length = root() ? strlen(root()) : 0;
  return length > 0 && strncmp(path, root(), length) == 0 && (path[length] == '/' || path[length] == 0);
}

/* The absolute path that a call means; 0: not below the root. */
static int whole_path(const char *path, char *whole) {
  if (!root()) return 0;
  if (path[0] == '/') snprintf(whole, PATH_MAX, "%s", path);
  else {
    char folder[PATH_MAX];
    if (!getcwd(folder, sizeof folder)) return 0;
    if (snprintf(whole, PATH_MAX, "%s/%s", folder, path) >= PATH_MAX) return 0;
  }
  return below(whole);
}

/* What an open file is: 'f' a recorded file, 'd' a recorded folder (its path in `path`), 0 neither. */
static char kind_of(int fd, struct stat *status, char *path) {
  if (!root() || fstat(fd, status) != 0) return 0;
  if (!S_ISREG(status->st_mode) && !S_ISDIR(status->st_mode)) return 0;
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  if (!below(path)) return 0;
  return S_ISDIR(status->st_mode) ? 'd' : 'f';
}

/* Dates a file by the clock of the programs, in whole microseconds: whoever makes it again can do it exactly. */
static long long dated(int fd) {
  struct timespec now[2];
  clock_gettime(CLOCK_REALTIME, &now[0]);
  now[0].tv_nsec -= now[0].tv_nsec % 1000;
  now[1] = now[0];
  futimens(fd, now);
  return now[0].tv_sec * 1000000LL + now[0].tv_nsec / 1000;
}

static void note_created(const char *path) {
  struct stat status;
  char head[64], pin[PATH_MAX];
  if (lstat(path, &status) != 0) return;
  snprintf(pin, sizeof pin, "%s/%lu", getenv("SOLAR_RECORD_PINS"), (unsigned long)status.st_ino);
  if (S_ISREG(status.st_mode)) (void)REAL(link)(path, pin);
  snprintf(head, sizeof head, "create %lu ", (unsigned long)status.st_ino);
  note(head, path, strlen(path));
}

static int open_recorded(const char *path, int flags, mode_t mode) {
  char whole[PATH_MAX];
  if ((flags & (O_CREAT | O_TRUNC)) == 0 || !whole_path(path, whole)) return REAL(open64)(path, flags, mode);
  begin();
  struct stat status;
  int was = lstat(whole, &status) == 0;
  int fd = REAL(open64)(path, flags, mode);
  if (fd >= 0 && !was) note_created(whole);
  else if (fd >= 0 && (flags & O_TRUNC)) {
    char head[64];
    snprintf(head, sizeof head, "size %lu %lld 0", (unsigned long)status.st_ino, dated(fd));
    note(head, "", 0);
  }
  end();
  return fd;
}

#define OPEN(name)                                \
  int name(const char *path, int flags, ...) {    \
    va_list rest;                                 \
    va_start(rest, flags);                        \
    mode_t mode = va_arg(rest, mode_t);           \
    va_end(rest);                                 \
    return open_recorded(path, flags, mode);      \
  }
OPEN(open)
OPEN(open64)

static ssize_t recorded_write(int fd, const void *bytes, size_t count, off64_t at, int is_placed) {
  struct stat status;
  char path[PATH_MAX], head[96];
  if (kind_of(fd, &status, path) != 'f')
    return is_placed ? REAL(pwrite64)(fd, bytes, count, at) : REAL(write)(fd, bytes, count);
  begin();
  fstat(fd, &status);
  if (fcntl(fd, F_GETFL) & O_APPEND) at = status.st_size;
  else if (!is_placed) at = lseek64(fd, 0, SEEK_CUR);
  ssize_t done = is_placed ? REAL(pwrite64)(fd, bytes, count, at) : REAL(write)(fd, bytes, count);
  if (done > 0) {
    snprintf(head, sizeof head, "write %lu %lld %lld ", (unsigned long)status.st_ino, dated(fd), (long long)at);
    note(head, bytes, done);
  }
  end();
  return done;
}

ssize_t write(int fd, const void *bytes, size_t count) { return recorded_write(fd, bytes, count, 0, 0); }
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) { return recorded_write(fd, bytes, count, at, 1); }
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) { return recorded_write(fd, bytes, count, at, 1); }

/* A part of a list of pieces may be written alone: the caller goes on with the rest. */
ssize_t writev(int fd, const struct iovec *pieces, int count) {
  struct stat status;
  char path[PATH_MAX];
  if (count < 1 || kind_of(fd, &status, path) != 'f') return REAL(writev)(fd, pieces, count);
  return recorded_write(fd, pieces[0].iov_base, pieces[0].iov_len, 0, 0);
}
ssize_t pwritev64(int fd, const struct iovec *pieces, int count, off64_t at) {
  struct stat status;
  char path[PATH_MAX];
  if (count < 1 || kind_of(fd, &status, path) != 'f') return REAL(pwritev64)(fd, pieces, count, at);
  return recorded_write(fd, pieces[0].iov_base, pieces[0].iov_len, at, 1);
}

/* How libuv copies a file where the kernel cannot do it faster: through the recorded write. */
ssize_t sendfile64(int to, int from, off64_t *offset, size_t count) {
  struct stat status;
  char path[PATH_MAX], buffer[65536];
  if (kind_of(to, &status, path) != 'f') return REAL(sendfile64)(to, from, offset, count);
  if (count > sizeof buffer) count = sizeof buffer;
  ssize_t got = offset ? pread64(from, buffer, count, *offset) : read(from, buffer, count);
  if (got <= 0) return got;
  ssize_t done = recorded_write(to, buffer, got, 0, 0);
  if (offset && done > 0) *offset += done;
  return done;
}

/* libuv's faster ways to copy go past all of this: it takes another where there is none. */
long syscall(long number, ...) {
  va_list rest;
  va_start(rest, number);
  long a[6];
  for (int i = 0; i < 6; i++) a[i] = va_arg(rest, long);
  va_end(rest);
  enum { COPY_FILE_RANGE_X64 = 326, COPY_FILE_RANGE_ARM64 = 285 };
#if defined(__x86_64__)
  if (number == COPY_FILE_RANGE_X64 && root()) return errno = ENOSYS, -1;
#elif defined(__aarch64__)
  if (number == COPY_FILE_RANGE_ARM64 && root()) return errno = ENOSYS, -1;
#endif
  return REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int ftruncate64(int fd, off64_t size) {
  struct stat status;
  char path[PATH_MAX], head[96];
  if (kind_of(fd, &status, path) != 'f') return REAL(ftruncate64)(fd, size);
  begin();
  int result = REAL(ftruncate64)(fd, size);
  if (result == 0) {
    snprintf(head, sizeof head, "size %lu %lld %lld", (unsigned long)status.st_ino, dated(fd), (long long)size);
    note(head, "", 0);
  }
  end();
  return result;
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

static int sure(int fd, int (*otherwise)(int)) {
  struct stat status;
  char path[PATH_MAX], head[64];
  char kind = kind_of(fd, &status, path);
  if (kind == 0) return otherwise(fd);
  begin();
  snprintf(head, sizeof head, "sync %lu", (unsigned long)status.st_ino);
  note(kind == 'd' ? "folder " : head, path, kind == 'd' ? strlen(path) : 0);
  end();
  return 0;
}
int fsync(int fd) { return sure(fd, REAL(fsync)); }
int fdatasync(int fd) { return sure(fd, REAL(fdatasync)); }

int rename(const char *from, const char *to) {
  char old[PATH_MAX], new[PATH_MAX], both[2 * PATH_MAX];
  int is_old = whole_path(from, old), is_new = whole_path(to, new);
  if ((!is_old && !is_new)) return REAL(rename)(from, to);
  begin();
  int result = REAL(rename)(from, to);
  if (result == 0) {
    int length = snprintf(both, sizeof both, "%s\n%s", old, new);
    note("rename ", both, length);
  }
  end();
  return result;
}

#define REMOVE(name)                                             \
  int name(const char *path) {                                   \
    char whole[PATH_MAX];                                        \
    if (!whole_path(path, whole)) return REAL(name)(path); \
    begin();                                                     \
    int result = REAL(name)(path);                               \
    if (result == 0) note("remove ", whole, strlen(whole));      \
    end();                                                       \
    return result;                                               \
  }
REMOVE(unlink)
REMOVE(rmdir)

int mkdir(const char *path, mode_t mode) {
  char whole[PATH_MAX];
  if (!whole_path(path, whole)) return REAL(mkdir)(path, mode);
  begin();
  int result = REAL(mkdir)(path, mode);
  if (result == 0) note("mkdir ", whole, strlen(whole));
  end();
  return result;
}

int link(const char *from, const char *to) {
  char whole[PATH_MAX];
  if (!whole_path(to, whole)) return REAL(link)(from, to);
  begin();
  int result = REAL(link)(from, to);
  if (result == 0) note_created(whole);
  end();
  return result;
}
