"""The sentences of the demo, in each language."""

ENGLISH: dict[str, str] = {
    "demo.step.irc": "IRC server: {seconds} s",
    "demo.step.synapse": "Synapse: {seconds} s",
    "demo.step.trunkline": "Trunkline: {seconds} s",
    "demo.step.room": "bridged room: {seconds} s",
    "demo.explain.matrix": "\nMatrix    homeserver {url}",
    "demo.explain.user": "          user {user}   password {password}",
    "demo.explain.element": (
        "          in Element: Sign in, Edit the homeserver, enter the address above, then user and password"
    ),
    "demo.explain.room": "          room {alias}, which the user is in already",
    "demo.explain.irc": "IRC       server {host}, port {port}, without TLS; /join {channel}",
    "demo.explain.further": "as well   {alias}, as soon as its network is connected",
    "demo.explain.logs": "Logs      {folder}/*.log",
    "demo.explain.end": "Ctrl-C ends everything. What crosses from now on:\n",
    "demo.crossed": "{here} → {there}  {who}: {text}  {latency} ms",
    "demo.entered": "joined {alias}",
    "demo.ended": "\nEverything is stopped.",
    "demo.check.done": "Each message arrived exactly once.",
    "demo.check.failed": "The message from {side} arrived {count} times and not once. Look into the logs.",
    "demo.died": "{title} ended by itself with status {status}. The end of {log}: {tail}",
    "demo.irc_away": "Nobody answers at {host}:{port}. Start the demo again.",
    "demo.no_inspircd": "InspIRCd is not installed. Install the package inspircd, or leave out `--ircd`.",
    "demo.no_port": "No free port was found. End some of what listens on this machine.",
    "demo.no_room": "The bridge did not come to {what} in time. Look into the logs.",
    "demo.no_synapse": (
        "Synapse is not installed at {python}. Run script/demo, or name the Python of an environment that "
        "has it in {variable}."
    ),
    "demo.not_ours": "{folder} holds other things. Name an empty folder for the demo, or a new one.",
    "demo.not_ready": "{title} did not answer in time. Look into {log}.",
}

CHINESE: dict[str, str] = {
    "demo.step.irc": "IRC 服务器：{seconds} 秒",
    "demo.step.synapse": "Synapse：{seconds} 秒",
    "demo.step.trunkline": "Trunkline：{seconds} 秒",
    "demo.step.room": "已桥接的房间：{seconds} 秒",
    "demo.explain.matrix": "\nMatrix    主服务器 {url}",
    "demo.explain.user": "          用户 {user}   密码 {password}",
    "demo.explain.element": ("          在 Element 中：登录，编辑主服务器，输入上面的地址，再输入用户和密码"),
    "demo.explain.room": "          房间 {alias}，该用户已在其中",
    "demo.explain.irc": "IRC       服务器 {host}，端口 {port}，不用 TLS；/join {channel}",
    "demo.explain.further": "另有      {alias}，其网络连上后即可用",
    "demo.explain.logs": "日志      {folder}/*.log",
    "demo.explain.end": "按 Ctrl-C 结束一切。以下是此后互通的消息：\n",
    "demo.crossed": "{here} → {there}  {who}: {text}  {latency} 毫秒",
    "demo.entered": "已加入 {alias}",
    "demo.ended": "\n一切都已停止。",
    "demo.check.done": "每条消息都恰好到达一次。",
    "demo.check.failed": "来自 {side} 的消息到达了 {count} 次，而不是一次。请查看日志。",
    "demo.died": "{title} 自行结束，状态 {status}。{log} 的末尾：{tail}",
    "demo.irc_away": "{host}:{port} 无人应答。请重新启动演示。",
    "demo.no_inspircd": "没有安装 InspIRCd。请安装软件包 inspircd，或去掉 `--ircd`。",
    "demo.no_port": "没有找到空闲端口。请结束本机上的一些服务。",
    "demo.no_room": "网桥没有及时进入 {what}。请查看日志。",
    "demo.no_synapse": (
        "{python} 处没有安装 Synapse。请运行 script/demo，或在 {variable} 中指明装有它的环境的 Python。"
    ),
    "demo.not_ours": "{folder} 里有别的东西。请为演示指定一个空目录或新目录。",
    "demo.not_ready": "{title} 没有及时应答。请查看 {log}。",
}
