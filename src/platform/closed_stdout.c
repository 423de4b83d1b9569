/* Makes writing to a closed stdout fail.
 *
 * Before main, Rust's runtime replaces a closed stdout with /dev/null, opened for reading and
 * writing, so data would be lost without an error. If it is opened only for reading, the first write
 * fails. This must run before the runtime and without it, which safe Rust can't do.
 */
#include <fcntl.h>
#include <unistd.h>

__attribute__((constructor)) static void keep_stdout_closed(void) {
    if (fcntl(STDOUT_FILENO, F_GETFD) != -1) {
        return;
    }
    int null = open("/dev/null", O_RDONLY);
    if (null != -1 && null != STDOUT_FILENO) {
        dup2(null, STDOUT_FILENO);
        close(null);
    }
}
