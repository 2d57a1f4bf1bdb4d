"""The sentences about the audit trail, in each language."""

ENGLISH: dict[str, str] = {
    "raw": "{text}",
    "help.audit": "Show who did what: the newest lines, those with a word, or whether any was changed.",
    "audit.line": "`{number}` {at}: {actor} {action} ({about})",
    "audit.none": "Nothing of that kind is written down.",
    "audit.whole": "All {count} {count|line|lines} are as they were written.",
    "audit.broken.changed": (
        "Line {number} was changed after it was written; the {count} before it are good. Compare it with a "
        "backup, and find out who can write into the database."
    ),
    "audit.broken.moved": (
        "Before line {number} something was taken out, put in or moved; {count} {count|line|lines} up to "
        "there are good. Compare them with a backup, and find out who can write into the database."
    ),
    "audit.broken.cut": (
        "Lines behind line {number} were taken away; the {count} that are left are good. Compare them with "
        "a backup, and find out who can write into the database."
    ),
    "audit.shell_only": "`audit export` works in a shell only: `trunkline audit export`.",
    "audit.usage": "Say `audit list`, `audit search` with a word, `audit verify`, or `audit export`.",
}

CHINESE: dict[str, str] = {
    "raw": "{text}",
    "help.audit": "显示谁做了什么：最新的记录、含某个词的记录，或者检查记录是否被改动过。",
    "audit.line": "`{number}` {at}：{actor} {action}（{about}）",
    "audit.none": "没有这样的记录。",
    "audit.whole": "全部 {count} 条记录都与写入时一致。",
    "audit.broken.changed": (
        "第 {number} 条记录在写入之后被改动过；它之前的 {count} 条完好。请与备份比对，并查明谁能写入数据库。"
    ),
    "audit.broken.moved": (
        "第 {number} 条记录之前有内容被删除、插入或移动；到那里为止的 {count} 条完好。"
        "请与备份比对，并查明谁能写入数据库。"
    ),
    "audit.broken.cut": (
        "第 {number} 条之后的记录被删除；留下的 {count} 条完好。请与备份比对，并查明谁能写入数据库。"
    ),
    "audit.shell_only": "`audit export` 只能在命令行使用：`trunkline audit export`。",
    "audit.usage": "可以说 `audit list`、`audit search` 加一个词、`audit verify` 或 `audit export`。",
}
