"""Prints the parts of the script on stdin that are not valid PowerShell.

usage: powershell.py < SCRIPT
"""
import sys

import tree_sitter
import tree_sitter_powershell

language = tree_sitter.Language(tree_sitter_powershell.language())
script = sys.stdin.buffer.read()
nodes = [tree_sitter.Parser(language).parse(script).root_node]
problems = 0
while nodes:
    node = nodes.pop()
    if node.is_error or node.is_missing:
        problems += 1
        text = script[node.start_byte : node.end_byte].decode()
        print(f"line {node.start_point.row + 1}: {node.type} {text!r}")
    elif node.has_error:
        nodes.extend(node.children)
sys.exit(problems > 0)
