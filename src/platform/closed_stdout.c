/* Keeps a closed stdout closed to writers.
 *
 * Before main, Rust's runtime opens /dev/null, for reading and writing, in the place of a closed
 * stdout, and data would be lost in silence. One that can only be read makes the first write fail.
 * This has to run before the runtime, and asks the system directly: safe Rust can do neither.
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
