"""The sentences of ``trace``, ``dead`` and of the shell's way to the bridge, in each language."""

ENGLISH: dict[str, str] = {
    "help.trace": "Show where a message is: by its ID on either side, or as a reply to it.",
    "help.dead": "List what failed and was kept, show one, send it again, or drop it for good.",
    # where a message is
    "trace.which": "Of which message? Reply to it with `trace`, or give its ID.",
    "trace.nothing": "No message is known here by the ID `{id}`.",
    "trace.nothing_own": "No message of yours is known here by the ID `{id}`.",
    "trace.event": "**{event}** on Matrix",
    "trace.received": "{at}: taken over from the homeserver, in {room}.",
    "trace.aside": "It failed {count} {count|time|times} and was set aside: `dead show {letter}`.",
    "trace.dropped": "It failed, and an admin closed it for good.",
    "trace.not_bridged": "It was not for a network.",
    "trace.planned": "{at}: planned as {count} {count|part|parts} for {chat} on {network}.",
    "trace.part.waiting": "Part {part} waits since {at} ({count} {count|try|tries}).",
    "trace.part.sending": "Part {part} is being sent since {at} ({count} {count|try|tries}).",
    "trace.part.sent": "{at}: part {part} was sent; {network} confirms no such line.",
    "trace.part.confirmed": "{at}: part {part} arrived; {network} confirmed it.",
    "trace.part.uncertain": "{at}: nobody knows whether part {part} arrived. It is not sent again by itself.",
    "trace.part.refused": "{at}: part {part} was refused.",
    "trace.part.expired": "{at}: part {part} had waited too long and was given up.",
    "trace.part.dead": "{at}: part {part} failed by a fault of the bridge and was set aside.",
    "trace.part.dropped": "{at}: part {part} had failed, and an admin closed it for good.",
    "trace.more_parts": "And {count} more {count|part|parts}.",
    "trace.pair": "On {network} it is `{remote}` in {chat}.",
    "trace.no_pair": "It is in {chat} on {network}, which gives it no ID.",
    "trace.waits.turn": "Now: it waits for its turn.",
    "trace.waits.time": "Now: it is tried again at {at}.",
    "trace.waits.answer": "Now: it waits for an answer of {network}.",
    "trace.waits.connection": "Now: it waits for the connection to {network}.",
    "trace.waits.connection_at": (
        "Now: it waits for the connection to {network}. The next try to connect is at {at}."
    ),
    "trace.waits.matrix_at": (
        "Now: the homeserver does not take it, or nothing else of its room. It is tried again at {at}."
    ),
    "trace.waits.portal": "Now: nothing crosses to {chat}. `status` in the room says why.",
    "trace.waits.matrix": "Now: it waits for its turn at the homeserver ({count} failed {count|try|tries}).",
    "trace.arrived": "{at}: `{remote}` came from {chat} on {network}, for {ghost}.",
    "trace.arrival.confirmed": "{at}: it was sent to Matrix.",
    "trace.arrival.refused": "{at}: it was not sent to Matrix.",
    "trace.arrival.dead": (
        "{at}: it failed {count} {count|time|times} by a fault of the bridge and was set aside: "
        "`dead show {letter}`."
    ),
    # dead letters
    "dead.none": "Nothing has failed and waits for you.",
    "dead.some": "This failed. `dead show`, `dead retry` and `dead drop` take the short name:",
    "dead.message": "`{letter}` {at}: {state}, {sender} to {chat} on {network}",
    "dead.event": "`{letter}` {at}: set aside, {event} in {room}",
    "dead.arrival": "`{letter}` {at}: set aside, from {chat} on {network} for {ghost}",
    "dead.tries": "It failed {count} {count|time|times}.",
    "dead.failure": "The last time: `{failure}`. The log has the whole of it.",
    "dead.trace": "All of its way: `trace {event}`",
    "dead.retried": "`{letter}` is on its way again.",
    "dead.forgotten": "`{letter}` cannot be sent again: it is on its way, or its words are forgotten.",
    "dead.dropped": "`{letter}` is closed for good.",
    "dead.no_such": "There is no `{letter}` among what failed. `dead list` shows what there is.",
    "dead.usage": (
        "Say `dead list`, or `dead show`, `dead retry`, `dead drop` with a name such as `m12`. `dead list 2`"
        " shows the second page; `dead retry all` and `dead drop all` take the oldest hundred."
    ),
    "dead.next_page": "There is more: `dead list {page}`",
    "dead.no_page": "There is no page {page}.",
    "dead.retried_all": "{count} {count|is|are} on the way again.",
    "dead.dropped_all": "{count} {count|is|are} closed for good.",
    "dead.forgotten_some": (
        "{count} cannot be sent again: {count|it is on its way, or its words are|they are on their way, or"
        " their words are} forgotten."
    ),
    "dead.rest": "{count} more {count|waits|wait}: say it again for the next ones.",
    "absence.notice": "Matrix cannot be reached just now. What is said here is kept and will arrive there.",
    # what of the promise is not kept yet
    "status.next_try": "{network}: the next try is at {at}.",
    "status.waiting": "{network}: {count} on the way, the oldest for {age}.",
    "status.inbox": "{count} {count|event has|events have} not been seen to yet, the oldest for {age}.",
    "status.unseen": (
        "{network}: since the bridge was started, nobody of ours listened to a conversation {count}"
        " {count|time|times}, {age} in all. What was said then is not known here."
    ),
    "status.uncertain": (
        "{count} {count|message|messages} may or may not have arrived, and {count|is|are} not repeated:"
        " `dead list`."
    ),
    "status.failed": "{count} {count|message|messages} failed and {count|waits|wait}: `dead list`.",
    "status.no_store": "The database is away: what waits in it is not known now.",
    # the shell's way to the bridge
    "shell.no_bridge": "No bridge runs on {folder}: start it with `trunkline run`.",
    "shell.not_yours": "The bridge on {folder} runs under another account. Ask it as that one.",
    "shell.broken": "The bridge on {folder} gave no answer: {error}. Its log may tell more.",
    "shell.slow": "No answer within {seconds} {seconds|second|seconds}. The bridge may still do it.",
    "shell.busy": "The bridge answers too many at once. Ask again in a moment.",
    "shell.too_long": "That is more than {limit} bytes. Ask for less at once.",
    "shell.unclear": "The bridge does not understand this shell. Do both have the same version?",
    "shell.failed": "The bridge failed over this, by a fault of its own. The log tells more.",
    "shell.personal": "This is done for a person: name one with `--as @you:example.org`.",
    "shell.nobody": "`{user}` is no Matrix user ID. Write one such as `@you:example.org`.",
}

CHINESE: dict[str, str] = {
    "help.trace": "显示一条消息在哪里：给出它在任一侧的 ID，或回复该消息。",
    "help.dead": "列出失败并保留的内容，查看、重发其中一条，或永久丢弃它。",
    "trace.which": "是哪条消息？请用 `trace` 回复它，或给出它的 ID。",
    "trace.nothing": "这里没有 ID 为 `{id}` 的消息。",
    "trace.nothing_own": "这里没有您的 ID 为 `{id}` 的消息。",
    "trace.event": "Matrix 上的 **{event}**",
    "trace.received": "{at}：已从主服务器接收，房间 {room}。",
    "trace.aside": "它失败了 {count} 次，已被搁置：`dead show {letter}`。",
    "trace.dropped": "它失败了，管理员已将其永久关闭。",
    "trace.not_bridged": "它并不是发往某个网络的消息。",
    "trace.planned": "{at}：计划分 {count} 部分发往 {network} 的 {chat}。",
    "trace.part.waiting": "第 {part} 部分自 {at} 起等待（已尝试 {count} 次）。",
    "trace.part.sending": "第 {part} 部分自 {at} 起正在发送（已尝试 {count} 次）。",
    "trace.part.sent": "{at}：第 {part} 部分已发送；{network} 对此不作确认。",
    "trace.part.confirmed": "{at}：第 {part} 部分已送达，{network} 已确认。",
    "trace.part.uncertain": "{at}：无法得知第 {part} 部分是否送达。不会自动重发。",
    "trace.part.refused": "{at}：第 {part} 部分被拒绝。",
    "trace.part.expired": "{at}：第 {part} 部分等待过久，已放弃。",
    "trace.part.dead": "{at}：第 {part} 部分因网桥自身的错误而失败，已被搁置。",
    "trace.part.dropped": "{at}：第 {part} 部分曾失败，管理员已将其永久关闭。",
    "trace.more_parts": "还有 {count} 部分。",
    "trace.pair": "在 {network} 的 {chat} 中，它是 `{remote}`。",
    "trace.no_pair": "它在 {network} 的 {chat} 中，该网络没有给它 ID。",
    "trace.waits.turn": "目前：正在排队。",
    "trace.waits.time": "目前：将在 {at} 重试。",
    "trace.waits.answer": "目前：等待 {network} 的答复。",
    "trace.waits.connection": "目前：等待与 {network} 的连接。",
    "trace.waits.connection_at": "目前：等待与 {network} 的连接。将在 {at} 重新连接。",
    "trace.waits.matrix_at": "目前：主服务器没有接受它，或没有接受其房间的内容。将在 {at} 重试。",
    "trace.waits.portal": "目前：没有内容会发往 {chat}。在该房间使用 `status` 查看原因。",
    "trace.waits.matrix": "目前：正在排队等待主服务器（已失败 {count} 次）。",
    "trace.arrived": "{at}：`{remote}` 来自 {network} 的 {chat}，由 {ghost} 代表。",
    "trace.arrival.confirmed": "{at}：已发送到 Matrix。",
    "trace.arrival.refused": "{at}：未发送到 Matrix。",
    "trace.arrival.dead": "{at}：因网桥自身的错误失败了 {count} 次，已被搁置：`dead show {letter}`。",
    "dead.none": "没有失败并等待您处理的内容。",
    "dead.some": "以下各项失败了。`dead show`、`dead retry` 和 `dead drop` 后面写短名称：",
    "dead.message": "`{letter}` {at}：{state}，{sender} 发往 {network} 的 {chat}",
    "dead.event": "`{letter}` {at}：已搁置，{room} 中的 {event}",
    "dead.arrival": "`{letter}` {at}：已搁置，来自 {network} 的 {chat}，由 {ghost} 代表",
    "dead.tries": "它失败了 {count} 次。",
    "dead.failure": "最近一次：`{failure}`。日志中有完整内容。",
    "dead.trace": "它的全部经过：`trace {event}`",
    "dead.retried": "`{letter}` 已重新发送。",
    "dead.forgotten": "`{letter}` 无法重发：它已在途中，或其内容已不再保留。",
    "dead.dropped": "`{letter}` 已永久关闭。",
    "dead.no_such": "失败的内容中没有 `{letter}`。用 `dead list` 查看现有的。",
    "dead.usage": (
        "请说 `dead list`，或用 `dead show`、`dead retry`、`dead drop` 加短名称，例如 `m12`。"
        "`dead list 2` 显示第二页；`dead retry all` 和 `dead drop all` 处理最早的一百条。"
    ),
    "dead.next_page": "还有更多：`dead list {page}`",
    "dead.no_page": "没有第 {page} 页。",
    "dead.retried_all": "{count} 条已重新发送。",
    "dead.dropped_all": "{count} 条已永久关闭。",
    "dead.forgotten_some": "{count} 条无法重发：已在途中，或其内容已不再保留。",
    "dead.rest": "还有 {count} 条在等待：再说一次以处理后面的。",
    "absence.notice": "目前无法连接 Matrix。这里所说的内容会保留，稍后送达。",
    # what of the promise is not kept yet
    "status.next_try": "{network}：将在 {at} 重试。",
    "status.waiting": "{network}：{count} 条在途中，最早的已等待 {age}。",
    "status.inbox": "{count} 个事件尚未处理，最早的已等待 {age}。",
    "status.unseen": (
        "{network}：自网桥启动以来，有 {count} 次没有我们的连接在收听某个会话，共 {age}。"
        "那时所说的内容这里并不知道。"
    ),
    "status.uncertain": "{count} 条消息不确定是否送达，不会重复发送：`dead list`。",
    "status.failed": "{count} 条消息失败并在等待：`dead list`。",
    "status.no_store": "数据库暂不可用：目前不知道其中有什么在等待。",
    "shell.no_bridge": "{folder} 上没有正在运行的网桥：请用 `trunkline run` 启动它。",
    "shell.not_yours": "{folder} 上的网桥在另一个账户下运行。请以该账户询问。",
    "shell.broken": "{folder} 上的网桥没有回答：{error}。其日志可能有更多信息。",
    "shell.slow": "网桥在 {seconds} 秒内没有回答。它仍可能会完成此事。",
    "shell.busy": "同时询问网桥的人太多。请稍后再问。",
    "shell.too_long": "超过了 {limit} 字节。请一次少问一些。",
    "shell.unclear": "网桥不理解这个命令行程序。两者版本是否相同？",
    "shell.failed": "网桥因自身的错误未能完成此事。日志中有更多信息。",
    "shell.personal": "这是为某个人做的：请用 `--as @you:example.org` 指明。",
    "shell.nobody": "`{user}` 不是 Matrix 用户 ID。请写成 `@you:example.org` 的形式。",
}
