/* hold FILE [MILLISECONDS]: keeps FILE open like most programs, so that it can be read and written, but not
 * replaced or removed, until stdin ends. With MILLISECONDS, closes and reopens it each time after that long.
 * hold FILE locked: keeps it open so that it can only be read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

static DWORD WINAPI wait_for_stdin(void *unused) {
    while (getchar() != EOF) {}
    ExitProcess(0);
}

int main(int argc, char **argv) {
    int is_locked = argc > 2 && strcmp(argv[2], "locked") == 0;
    int milliseconds = argc > 2 ? atoi(argv[2]) : 0;
    DWORD shared = FILE_SHARE_READ | (is_locked ? 0 : FILE_SHARE_WRITE);
    HANDLE file;
    CreateThread(NULL, 0, wait_for_stdin, NULL, 0, NULL);
    for (int first = 1;; first = 0) {
        file = CreateFileA(argv[1], GENERIC_READ, shared, NULL, OPEN_EXISTING, 0, NULL);
        if (first) {
            puts(file == INVALID_HANDLE_VALUE ? "failed" : "held");
            fflush(stdout);
        }
        Sleep(milliseconds ? milliseconds : INFINITE);
        CloseHandle(file);
        Sleep(1);
    }
}
