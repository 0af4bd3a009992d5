// SPDX-License-Identifier: EUPL-1.2
//
// Stands between a program and the files of one folder (LD_PRELOAD) and writes down, in the order in which it happened,
// everything that changes them: opening, writing, cutting, naming and syncing. `disk.py` makes of it what a disk may
// hold after a power cut. What is written by memory maps is not seen; of ours, that is only SQLite's -shm, which means
// nothing after a cut.
//
// DISK_ROOT is the folder, DISK_JOURNAL the file of records, which lies elsewhere. A change and its record are one step
// under a lock of all threads and processes, so the order is true. Syncing is two records, begin and end: only what was
// there at its begin is sure at its end.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST_FILES 65536
#define CREATED 1
#define EMPTIED 2

struct record {
    uint32_t kind;
    uint32_t name_length;
    uint64_t file;
    int64_t at;
    uint64_t length;
};

static int journal = -1;
static const char *root;
static size_t root_length;
static unsigned char watched[MOST_FILES];
static pthread_mutex_t threads = PTHREAD_MUTEX_INITIALIZER;
static atomic_uint syncs;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("DISK_JOURNAL");
    root = getenv("DISK_ROOT");
    if (!path || !root)
        return;
    root_length = strlen(root);
    journal = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (journal < 0)
        abort();
}

static void enter(void)
{
    pthread_mutex_lock(&threads);
    while (flock(journal, LOCK_EX) != 0)
        if (errno != EINTR)
            abort();
}

static void leave(void)
{
    int error = errno;
    flock(journal, LOCK_UN);
    pthread_mutex_unlock(&threads);
    errno = error;
}

static void tell(char kind, const char *name, size_t name_length, uint64_t file, int64_t at, const void *data,
                 size_t length)
{
    int error = errno;
    struct record head = {(uint32_t)kind, (uint32_t)name_length, file, at, length};
    struct iovec parts[3] = {{&head, sizeof head}, {(void *)name, name_length}, {(void *)data, length}};
    if (syscall(SYS_writev, journal, parts, 3) != (long)(sizeof head + name_length + length))
        abort();
    errno = error;
}

// The path below the folder; nothing for a path elsewhere.
static const char *inside(const char *path)
{
    if (journal < 0 || !path || strncmp(path, root, root_length) != 0)
        return NULL;
    if (path[root_length] == '\0')
        return path + root_length;
    return path[root_length] == '/' ? path + root_length + 1 : NULL;
}

static int is_watched(int fd)
{
    return journal >= 0 && fd >= 0 && fd < MOST_FILES && watched[fd];
}

static int open_at(int folder, const char *path, int flags, mode_t mode)
{
    const char *name = inside(path);
    struct stat before, after;
    if (!name) {
        int plain = (int)syscall(SYS_openat, folder, path, flags, mode);
        if (plain >= 0 && plain < MOST_FILES)
            watched[plain] = 0;
        return plain;
    }
    enter();
    int there = stat(path, &before) == 0;
    int fd = (int)syscall(SYS_openat, folder, path, flags, mode);
    if (fd >= MOST_FILES)
        abort();
    if (fd >= 0) {
        if (fstat(fd, &after) != 0)
            abort();
        int how = (there ? 0 : CREATED) | ((flags & O_TRUNC) ? EMPTIED : 0);
        watched[fd] = 1;
        tell('O', name, strlen(name), after.st_ino, how, NULL, 0);
    }
    leave();
    return fd;
}

#define MODE(flags, mode)                                                                                              \
    mode_t mode = 0;                                                                                                   \
    if ((flags) & (O_CREAT | O_TMPFILE)) {                                                                             \
        va_list more;                                                                                                  \
        va_start(more, flags);                                                                                         \
        mode = va_arg(more, mode_t);                                                                                   \
        va_end(more);                                                                                                  \
    }

int open(const char *path, int flags, ...)
{
    MODE(flags, mode)
    return open_at(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    MODE(flags, mode)
    return open_at(AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
    MODE(flags, mode)
    return open_at(folder, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...)
{
    MODE(flags, mode)
    return open_at(folder, path, flags | O_LARGEFILE, mode);
}

int close(int fd)
{
    if (is_watched(fd))
        watched[fd] = 0;
    return (int)syscall(SYS_close, fd);
}

static uint64_t file_of(int fd, int64_t *size)
{
    struct stat now;
    if (fstat(fd, &now) != 0)
        abort();
    if (size)
        *size = now.st_size;
    return now.st_ino;
}

ssize_t write(int fd, const void *data, size_t length)
{
    if (!is_watched(fd))
        return syscall(SYS_write, fd, data, length);
    enter();
    int64_t size, at = lseek(fd, 0, SEEK_CUR);
    uint64_t file = file_of(fd, &size);
    if (fcntl(fd, F_GETFL) & O_APPEND)
        at = size;
    ssize_t written = syscall(SYS_write, fd, data, length);
    if (written > 0)
        tell('W', NULL, 0, file, at, data, (size_t)written);
    leave();
    return written;
}

static ssize_t write_at(int fd, const void *data, size_t length, off64_t at)
{
    if (!is_watched(fd))
        return syscall(SYS_pwrite64, fd, data, length, at);
    enter();
    ssize_t written = syscall(SYS_pwrite64, fd, data, length, at);
    if (written > 0)
        tell('W', NULL, 0, file_of(fd, NULL), at, data, (size_t)written);
    leave();
    return written;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t at)
{
    return write_at(fd, data, length, at);
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t at)
{
    return write_at(fd, data, length, at);
}

static int cut_to(int fd, off64_t size)
{
    if (!is_watched(fd))
        return (int)syscall(SYS_ftruncate, fd, size);
    enter();
    int answer = (int)syscall(SYS_ftruncate, fd, size);
    if (answer == 0)
        tell('T', NULL, 0, file_of(fd, NULL), size, NULL, 0);
    leave();
    return answer;
}

int ftruncate(int fd, off_t size)
{
    return cut_to(fd, size);
}

int ftruncate64(int fd, off64_t size)
{
    return cut_to(fd, size);
}

static int sync_by(long call, int fd)
{
    if (!is_watched(fd))
        return (int)syscall(call, fd);
    int64_t ticket = ((int64_t)getpid() << 32) | atomic_fetch_add(&syncs, 1);
    uint64_t file = file_of(fd, NULL);
    enter();
    tell('B', NULL, 0, file, ticket, NULL, 0);
    leave();
    int answer = (int)syscall(call, fd);
    if (answer == 0) {
        enter();
        tell('E', NULL, 0, file, ticket, NULL, 0);
        leave();
    }
    return answer;
}

int fsync(int fd)
{
    return sync_by(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return sync_by(SYS_fdatasync, fd);
}

// Two names in one record have a line break between them.
static void tell_two(char kind, const char *old, const char *new)
{
    size_t first = strlen(old), second = strlen(new);
    char *both = malloc(first + second + 1);
    if (!both)
        abort();
    memcpy(both, old, first);
    both[first] = '\n';
    memcpy(both + first + 1, new, second);
    tell(kind, both, first + second + 1, 0, 0, NULL, 0);
    free(both);
}

static int named_anew(char kind, int flags, const char *old, const char *new)
{
    const char *from = inside(old), *to = inside(new);
    int both = from && to;
    if (both)
        enter();
    int answer = kind == 'R' ? (int)syscall(SYS_renameat2, AT_FDCWD, old, AT_FDCWD, new, 0)
                             : (int)syscall(SYS_linkat, AT_FDCWD, old, AT_FDCWD, new, flags);
    if (both) {
        if (answer == 0)
            tell_two(kind, from, to);
        leave();
    }
    return answer;
}

int rename(const char *old, const char *new)
{
    return named_anew('R', 0, old, new);
}

int link(const char *old, const char *new)
{
    return named_anew('L', 0, old, new);
}

int linkat(int old_folder, const char *old, int new_folder, const char *new, int flags)
{
    if (old_folder != AT_FDCWD || new_folder != AT_FDCWD)
        return (int)syscall(SYS_linkat, old_folder, old, new_folder, new, flags);
    return named_anew('L', flags, old, new);
}

static int one_name(char kind, const char *path, mode_t mode)
{
    const char *name = inside(path);
    if (name)
        enter();
    int answer = kind == 'M' ? (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode)
                             : (int)syscall(SYS_unlinkat, AT_FDCWD, path, kind == 'D' ? AT_REMOVEDIR : 0);
    if (name) {
        if (answer == 0)
            tell(kind, name, strlen(name), 0, 0, NULL, 0);
        leave();
    }
    return answer;
}

int unlink(const char *path)
{
    return one_name('U', path, 0);
}

int rmdir(const char *path)
{
    return one_name('D', path, 0);
}

int mkdir(const char *path, mode_t mode)
{
    return one_name('M', path, mode);
}
