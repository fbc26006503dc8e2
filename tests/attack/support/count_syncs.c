/* Preloaded into a program (LD_PRELOAD): one line in the file SYNC_LOG for each fsync and fdatasync of
 * a file whose path contains SYNC_WATCH, once it has returned: the name of the call, its result (0, or
 * the error's number) and the path. While the file SYNC_FAULT exists, each of them fails with EIO and
 * syncs nothing, as with a disk that reports errors. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int is_watched(int fd, char *path, size_t size) {
    const char *watched = getenv("SYNC_WATCH");
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t length = readlink(link, path, size - 1);
    if (watched == NULL || length < 0)
        return 0;
    path[length] = '\0';
    return strstr(path, watched) != NULL;
}

static void write_line(const char *call, int result, const char *path) {
    const char *file = getenv("SYNC_LOG");
    char line[PATH_MAX + 64];
    const int size = snprintf(line, sizeof line, "%s %d %s\n", call, result, path);
    const int log = file == NULL ? -1 : open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (log < 0 || write(log, line, (size_t)size) != size)
        abort(); /* a count that lacks one proves nothing */
    close(log);
}

static int counted(const char *call, long number, int fd) {
    char path[PATH_MAX];
    if (!is_watched(fd, path, sizeof path))
        return (int)syscall(number, fd);
    const char *fault = getenv("SYNC_FAULT");
    const int is_faulty = fault != NULL && access(fault, F_OK) == 0;
    const int result = is_faulty ? EIO : syscall(number, fd) == 0 ? 0 : errno;
    write_line(call, result, path);
    errno = result;
    return result == 0 ? 0 : -1;
}

int fsync(int fd) {
    return counted("fsync", SYS_fsync, fd);
}

int fdatasync(int fd) {
    return counted("fdatasync", SYS_fdatasync, fd);
}
