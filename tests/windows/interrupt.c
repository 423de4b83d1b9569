/* interrupt EVENT FILE TEXT COMMAND...: runs COMMAND in a console of its own, and what it prints goes into
 * FILE. Once TEXT is in FILE, all programs of that console get EVENT: 0 for Ctrl-C, 1 for Ctrl-Break, 2 for
 * the closing of its window; says so. Ends with the exit code of COMMAND, or 96 if COMMAND takes 20 seconds more.
 * interrupt wait: says so, and waits; ends with 42 at Ctrl-C, with 43 and 44 at the others. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

static BOOL WINAPI heard(DWORD event) {
    /* By then, a parent that doesn't wait for this program has ended. */
    Sleep(200);
    ExitProcess(42 + event);
}

static int wait_here(void) {
    SetConsoleCtrlHandler(heard, TRUE);
    puts("waiting");
    fflush(stdout);
    Sleep(60000);
    return 45;
}

static int holds(const char *file, const char *text) {
    static char bytes[65536];
    FILE *opened = fopen(file, "rb");
    size_t length = opened ? fread(bytes, 1, sizeof bytes - 1, opened) : 0;
    if (opened) fclose(opened);
    bytes[length] = 0;
    return strstr(bytes, text) != NULL;
}

static BOOL WINAPI ignore(DWORD event) {
    return TRUE;
}

/* As Windows does it: in each of the programs a thread calls the handlers. wine 8 does that for Ctrl-C
 * alone, and refuses the others. */
static void deliver(DWORD_PTR event) {
    DWORD ids[16], count = GetConsoleProcessList(ids, 16);
    FARPROC handlers = GetProcAddress(GetModuleHandleA("kernel32"), "CtrlRoutine");
    for (DWORD i = 0; i < count && i < 16; i++) {
        HANDLE process = OpenProcess(PROCESS_ALL_ACCESS, FALSE, ids[i]);
        CreateRemoteThread(process, NULL, 0, (LPTHREAD_START_ROUTINE)handlers, (void *)event, 0, NULL);
        CloseHandle(process);
    }
}

int main(int argc, char **argv) {
    char line[32768] = "";
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    STARTUPINFOA start = {sizeof start};
    PROCESS_INFORMATION process;
    DWORD code = 99;
    if (strcmp(argv[1], "wait") == 0) return wait_here();
    start.dwFlags = STARTF_USESTDHANDLES;
    start.hStdOutput = CreateFileA(argv[2], FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE,
                                   &inherited, CREATE_ALWAYS, 0, NULL);
    start.hStdError = start.hStdOutput;
    FreeConsole();
    if (!AllocConsole()) return 98;
    /* This program ignores Ctrl-C; the command that it starts must not. */
    SetConsoleCtrlHandler(NULL, FALSE);
    for (int i = 4; i < argc; i++) {
        strcat(line, "\"");
        strcat(line, argv[i]);
        strcat(line, "\" ");
    }
    if (!CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &start, &process)) return 97;
    SetConsoleCtrlHandler(ignore, TRUE);
    while (!holds(argv[2], argv[3]))
        if (WaitForSingleObject(process.hProcess, 10) == WAIT_OBJECT_0) break;
    if (atoi(argv[1]) == CTRL_C_EVENT)
        GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0);
    else
        deliver(atoi(argv[1]));
    /* Nothing tells that a handler that goes on has been called. */
    Sleep(200);
    puts("delivered");
    fflush(stdout);
    if (WaitForSingleObject(process.hProcess, 20000) != WAIT_OBJECT_0) TerminateProcess(process.hProcess, 96);
    WaitForSingleObject(process.hProcess, 5000);
    GetExitCodeProcess(process.hProcess, &code);
    return code;
}
