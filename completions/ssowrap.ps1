# Completion of ssowrap in PowerShell.

$__ssowrap_complete = {
    param($wordToComplete, $commandAst, $cursorPosition)
    # The words up to the cursor, without their quotes. PowerShell drops empty arguments, so each
    # begins with a dot.
    $words = @(foreach ($element in $commandAst.CommandElements) {
        if ($element.Extent.StartOffset -ge $cursorPosition) { break }
        if ($element.Extent.EndOffset -ge $cursorPosition) { break }
        if ($element -is [System.Management.Automation.Language.StringConstantExpressionAst]) {
            '.' + $element.Value
        } else {
            '.' + $element.Extent.Text
        }
    })
    $current = "$wordToComplete" -replace '^[''"]', ''
    $how, $reply = & (Get-Command -CommandType Application -Name ssowrap -TotalCount 1) `
        __complete powershell '--' @words ".$current" 2>$null
    # No output makes PowerShell complete files.
    if ($how -ne 'words') { return }
    foreach ($line in $reply) {
        $text, $help = $line -split "`t", 2
        $shown = $text -replace '^''(.*)''$', '$1' -replace "''", "'"
        if (-not $help) { $help = $shown }
        [System.Management.Automation.CompletionResult]::new($text, $shown, 'ParameterValue', $help)
    }
}
Register-ArgumentCompleter -Native -CommandName ssowrap -ScriptBlock $__ssowrap_complete
