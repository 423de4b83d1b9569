/* interrupt FILE TEXT COMMAND...: runs COMMAND in its own console, with its output in FILE. Once FILE
 * contains TEXT, presses Ctrl-C there. Exits with COMMAND's exit code.
 * interrupt wait: says that it waits, and exits with 42 at Ctrl-C. */
#include <stdio.h>
#include <string.h>
#include <windows.h>

static BOOL WINAPI heard(DWORD event) {
    /* By then, a parent that doesn't wait for this program has ended. */
    Sleep(200);
    ExitProcess(event == CTRL_C_EVENT ? 42 : 43);
}

static int wait_here(void) {
    SetConsoleCtrlHandler(heard, TRUE);
    puts("waiting");
    fflush(stdout);
    Sleep(60000);
    return 44;
}

static int holds(const char *file, const char *text) {
    static char bytes[65536];
    FILE *opened = fopen(file, "rb");
    size_t length = opened ? fread(bytes, 1, sizeof bytes - 1, opened) : 0;
    if (opened) fclose(opened);
    bytes[length] = 0;
    return strstr(bytes, text) != NULL;
}

int main(int argc, char **argv) {
    char line[32768] = "";
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    STARTUPINFOA start = {sizeof start};
    PROCESS_INFORMATION process;
    DWORD code = 99;
    if (strcmp(argv[1], "wait") == 0) return wait_here();
    start.dwFlags = STARTF_USESTDHANDLES;
    start.hStdOutput = CreateFileA(argv[1], FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                   &inherited, CREATE_ALWAYS, 0, NULL);
    start.hStdError = start.hStdOutput;
    FreeConsole();
    if (!AllocConsole()) return 98;
    /* This program ignores Ctrl-C; the command that it starts must not. */
    SetConsoleCtrlHandler(NULL, FALSE);
    for (int i = 3; i < argc; i++) {
        strcat(line, "\"");
        strcat(line, argv[i]);
        strcat(line, "\" ");
    }
    if (!CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &start, &process)) return 97;
    SetConsoleCtrlHandler(NULL, TRUE);
    while (!holds(argv[1], argv[2]))
        if (WaitForSingleObject(process.hProcess, 10) == WAIT_OBJECT_0) break;
    GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0);
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &code);
    return code;
}
