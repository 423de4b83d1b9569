/* read COMMAND...: prints COMMAND's output, and an empty line after it. Then waits for COMMAND to end, and
 * exits with its exit code. Kills it after 20 seconds. */
#include <stdio.h>
#include <string.h>
#include <windows.h>

static DWORD WINAPI end_later(void *process) {
    Sleep(20000);
    TerminateProcess(process, 99);
    return 0;
}

int main(int argc, char **argv) {
    char line[32768] = "", bytes[4096];
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    STARTUPINFOA start = {sizeof start};
    PROCESS_INFORMATION process;
    HANDLE output;
    DWORD length, code = 98;
    if (!CreatePipe(&output, &start.hStdOutput, &inherited, 0)) return 97;
    SetHandleInformation(output, HANDLE_FLAG_INHERIT, 0);
    start.dwFlags = STARTF_USESTDHANDLES;
    start.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    for (int i = 1; i < argc; i++) {
        strcat(line, "\"");
        strcat(line, argv[i]);
        strcat(line, "\" ");
    }
    if (!CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &start, &process)) return 96;
    CloseHandle(start.hStdOutput);
    CreateThread(NULL, 0, end_later, process.hProcess, 0, NULL);
    while (ReadFile(output, bytes, sizeof bytes, &length, NULL) && length > 0)
        fwrite(bytes, 1, length, stdout);
    puts("");
    fflush(stdout);
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &code);
    return code;
}
