/* interrupt FILE COMMAND...: runs COMMAND in a console of its own, presses Ctrl-C there once FILE is
 * there, and ends with its exit code.
 * interrupt wait FILE: makes FILE, and waits; ends with 42 at Ctrl-C. */
#include <stdio.h>
#include <string.h>
#include <windows.h>

static BOOL WINAPI heard(DWORD event) {
    ExitProcess(event == CTRL_C_EVENT ? 42 : 43);
}

static int wait_here(const char *file) {
    SetConsoleCtrlHandler(heard, TRUE);
    CloseHandle(CreateFileA(file, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL));
    Sleep(60000);
    return 44;
}

int main(int argc, char **argv) {
    char line[32768] = "";
    STARTUPINFOA start = {sizeof start};
    PROCESS_INFORMATION process;
    DWORD code = 99;
    if (strcmp(argv[1], "wait") == 0) return wait_here(argv[2]);
    FreeConsole();
    if (!AllocConsole()) return 98;
    /* This program ignores it; what it starts must not. */
    SetConsoleCtrlHandler(NULL, FALSE);
    for (int i = 2; i < argc; i++) {
        strcat(line, "\"");
        strcat(line, argv[i]);
        strcat(line, "\" ");
    }
    if (!CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &start, &process)) return 97;
    SetConsoleCtrlHandler(NULL, TRUE);
    while (GetFileAttributesA(argv[1]) == INVALID_FILE_ATTRIBUTES)
        if (WaitForSingleObject(process.hProcess, 10) == WAIT_OBJECT_0) break;
    GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0);
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &code);
    return code;
}
