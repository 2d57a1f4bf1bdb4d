"""The sentences of ``trunkline init``, ``run`` and ``doctor``, in each language."""

ENGLISH: dict[str, str] = {
    # the first files
    "init.ask.homeserver": "Where is your homeserver?",
    "init.ask.domain": "What is its server name, the part behind the colon in user IDs?",
    "init.ask.admin": "Your Matrix user ID, to be the admin of this bridge (empty for nobody)",
    "init.ask.public_url": "Where does the world reach the bridge, for links to media? (empty for nowhere)",
    "init.ask.network": "A network to bridge, such as ircs://irc.libera.chat/#python (empty for none yet)",
    "init.exists": "{file} is there already and was not touched. Use `--force` to write a new one.",
    "init.homeserver": "Add this to the homeserver's configuration (Synapse: homeserver.yaml):",
    "init.homeserver.restart": (
        "Then restart it, as it reads the file only at its start: `systemctl restart matrix-synapse`"
    ),
    "init.homeserver.rights": (
        "If it runs under another account, give it a copy that it can read, and name that one instead."
    ),
    "init.next": "What comes next:",
    "init.no_admin": "Nobody is admin yet. Name yourself under `bridge.permissions` in the configuration.",
    "init.no_domain": (
        "The homeserver at {homeserver} does not tell its server name. Say it with `--domain example.org`."
    ),
    "init.no_such_address": (
        "No installed network knows the address {given}. Write one such as ircs://irc.libera.chat/#python."
    ),
    "init.rooms": "Rooms of {network} have addresses such as {alias}; joining one opens it.",
    "init.unwritable": "{file} cannot be written: {error}. Choose another folder, or mend its rights.",
    "init.wrote": "written: {file}",
    # doctor's own words
    "doctor.word.ok": "ok",
    "doctor.word.warning": "warning",
    "doctor.word.failed": "FAILED",
    "doctor.subject.config": "configuration",
    "doctor.subject.files": "files",
    "doctor.subject.registration": "registration",
    "doctor.subject.homeserver": "homeserver",
    "doctor.subject.ping": "ping",
    "doctor.subject.clock": "clock",
    "doctor.subject.database": "database",
    "doctor.subject.media": "media",
    "doctor.subject.networks": "networks",
    "doctor.fix": " → {fix}",
    "doctor.well": "Nothing failed.",
    "doctor.failures": "{count} {count|check|checks} failed.",
    # configuration, files, registration
    "doctor.config.ok": "no mistakes in {file}",
    "doctor.config.fix": "correct it in {file} or in the environment",
    "doctor.init.fix": "write a new one with `trunkline init`, or restore a backup",
    "doctor.files.ok": "key and registration are there, and only for their owner",
    "doctor.files.missing": "{file} is not there",
    "doctor.files.unreadable": "{file} cannot be read: {error}",
    "doctor.files.unreadable.fix": "give {file} to the account that runs Trunkline",
    "doctor.files.open": "{file} can be read by others on this machine",
    "doctor.files.open.fix": "`chmod {mode} {file}`",
    "doctor.registration.ok": "{file} fits the configuration",
    "doctor.registration.url": "the registration names {url}, the configuration {address}",
    "doctor.registration.url.fix": (
        "make `url` in the registration and `appservice.address` the same, and restart the homeserver"
    ),
    # homeserver
    "doctor.homeserver.away": "nobody answers at {url}",
    "doctor.homeserver.away.fix": "start the homeserver, or correct `homeserver.url` (now {url})",
    "doctor.homeserver.strange": "what answers at {url} is no homeserver ({code})",
    "doctor.homeserver.version": "Synapse {version} keeps every promise",
    "doctor.homeserver.old": (
        "Synapse {version} is older than {floor}: a message to Matrix may appear twice when the homeserver "
        "restarts at that moment"
    ),
    "doctor.homeserver.old.fix": "upgrade to Synapse {floor} or newer",
    "doctor.homeserver.not_synapse": (
        "this is not Synapse: a message to Matrix may appear twice, and one from Matrix be missed, when the "
        "homeserver restarts at that moment"
    ),
    "doctor.homeserver.known": "it knows Trunkline, and the bot {bot}",
    "doctor.homeserver.unknown_token": "it does not know the `as_token` of the registration ({code})",
    "doctor.homeserver.register.fix": (
        "list this very registration file in the homeserver's `app_service_config_files` and restart it"
    ),
    "doctor.homeserver.domain": "its server name is {there}, and the configuration says {here}",
    "doctor.homeserver.domain.fix": (
        "set `homeserver.domain` to {there} and write a new registration with `trunkline init --force`"
    ),
    "doctor.homeserver.other_registration": "it has another registration for this token, of {sender}",
    "doctor.homeserver.bot": (
        "it does not let Trunkline be {bot} ({code}): its copy of the registration differs"
    ),
    # the way back
    "doctor.ping.ok": "the homeserver reaches {url} in {duration} ms",
    "doctor.ping.no_way": "the homeserver does not reach {url}",
    "doctor.ping.no_way.fix": (
        "make `appservice.address` an address that leads from the homeserver to {host}:{port}, write it into "
        "the registration as `url`, and restart the homeserver"
    ),
    "doctor.ping.bad_status": (
        "what answers at {url} refuses the homeserver's `hs_token`, or is not Trunkline"
    ),
    "doctor.ping.no_url": "the homeserver's copy of the registration has no `url`",
    "doctor.ping.other": "the homeserver refused to call ({code})",
    "doctor.ping.port.fix": "end what listens there, or choose another `appservice.port`",
    "listen.failed": "{host}:{port} cannot be listened on ({name}): {error}.",
    "doctor.stand_in": "this is only a check; the bridge is not running",
    # clock
    "doctor.clock.ok": "the same here and on the homeserver",
    "doctor.clock.skew": "{seconds} s away from the homeserver's",
    "doctor.clock.fix": "set both clocks by a time server: `timedatectl set-ntp true`",
    # database
    "doctor.database.ok": "it opens, has schema {version}, and the key fits",
    "doctor.database.running": "in use by the running bridge (process {process})",
    "doctor.database.new": "{file} will be made at the first start",
    "doctor.database.no_folder": "the folder {folder} is not there or cannot be written",
    "doctor.database.no_folder.fix": "make {folder} and give it to the account that runs Trunkline",
    "doctor.database.fix": "correct `database.url`, or start the database",
    "doctor.database.old": "it has schema {found}; the next start brings it to {known}",
    "doctor.database.old.fix": "make a backup first",
    # media
    "doctor.media.none": "there is no public address: a photo is only described on the other side",
    "doctor.media.none.fix": "set `public.url` to an address that leads to the public port",
    "doctor.media.ok": "links under {url} lead here",
    "doctor.media.away": "{url} does not answer: {error}",
    "doctor.media.late": "{url} does not answer in time",
    "doctor.media.wrong": "links under {url} do not lead here, or are changed on the way (status {status})",
    "doctor.media.fix": "have your web server pass {url} on to {host}:{port} with the path as it is",
    "doctor.media.port.fix": "end what listens there, or choose another `public.port`",
    # networks
    "doctor.network.late": "the check did not end in time",
    "doctor.network.late.fix": (
        "look whether its server can be reached from here (`host`, `port`), and run `trunkline doctor` again"
    ),
    "doctor.network.broken": "the check broke off: {error}",
    "doctor.network.broken.fix": "install this network again; if it stays so, report it with the log above",
}

CHINESE: dict[str, str] = {
    # the first files
    "init.ask.homeserver": "您的主服务器地址是什么？",
    "init.ask.domain": "它的服务器名是什么（用户 ID 中冒号后面的部分）？",
    "init.ask.admin": "您的 Matrix 用户 ID，将成为本网桥的管理员（留空则没有）",
    "init.ask.public_url": "外界通过哪个地址访问本网桥，以打开媒体链接？（留空则没有）",
    "init.ask.network": "要桥接的网络，例如 ircs://irc.libera.chat/#python（留空则暂无）",
    "init.exists": "{file} 已经存在，没有改动。使用 `--force` 写入新文件。",
    "init.homeserver": "请在主服务器的配置中加入以下内容（Synapse：homeserver.yaml）：",
    "init.homeserver.restart": "然后重启它，因为它只在启动时读取该文件：`systemctl restart matrix-synapse`",
    "init.homeserver.rights": "如果它以别的账户运行，请给它一份可读的副本，并改写为副本的路径。",
    "init.next": "接下来：",
    "init.no_admin": "还没有管理员。请在配置的 `bridge.permissions` 下写上您自己。",
    "init.no_domain": "{homeserver} 的主服务器没有告知服务器名。请用 `--domain example.org` 指明。",
    "init.no_such_address": (
        "已安装的网络都不认识地址 {given}。请写成 ircs://irc.libera.chat/#python 这样。"
    ),
    "init.rooms": "{network} 的房间地址形如 {alias}；加入即可打开。",
    "init.unwritable": "无法写入 {file}：{error}。请换一个目录，或修正权限。",
    "init.wrote": "已写入：{file}",
    # doctor's own words
    "doctor.word.ok": "正常",
    "doctor.word.warning": "警告",
    "doctor.word.failed": "失败",
    "doctor.subject.config": "配置",
    "doctor.subject.files": "文件",
    "doctor.subject.registration": "注册文件",
    "doctor.subject.homeserver": "主服务器",
    "doctor.subject.ping": "回连",
    "doctor.subject.clock": "时钟",
    "doctor.subject.database": "数据库",
    "doctor.subject.media": "媒体",
    "doctor.subject.networks": "网络",
    "doctor.fix": " → {fix}",
    "doctor.well": "没有失败的项目。",
    "doctor.failures": "有 {count} 项检查失败。",
    # configuration, files, registration
    "doctor.config.ok": "{file} 没有错误",
    "doctor.config.fix": "请在 {file} 或环境变量中更正",
    "doctor.init.fix": "请用 `trunkline init` 写入新的，或恢复备份",
    "doctor.files.ok": "密钥和注册文件都在，且只有所有者可读",
    "doctor.files.missing": "{file} 不存在",
    "doctor.files.unreadable": "无法读取 {file}：{error}",
    "doctor.files.unreadable.fix": "请把 {file} 交给运行 Trunkline 的账户",
    "doctor.files.open": "本机的其他人可以读取 {file}",
    "doctor.files.open.fix": "`chmod {mode} {file}`",
    "doctor.registration.ok": "{file} 与配置相符",
    "doctor.registration.url": "注册文件写的是 {url}，配置写的是 {address}",
    "doctor.registration.url.fix": ("请使注册文件中的 `url` 与 `appservice.address` 相同，并重启主服务器"),
    # homeserver
    "doctor.homeserver.away": "{url} 无人应答",
    "doctor.homeserver.away.fix": "请启动主服务器，或更正 `homeserver.url`（现为 {url}）",
    "doctor.homeserver.strange": "在 {url} 应答的不是主服务器（{code}）",
    "doctor.homeserver.version": "Synapse {version} 能兑现所有承诺",
    "doctor.homeserver.old": (
        "Synapse {version} 早于 {floor}：若主服务器恰在此时重启，发往 Matrix 的消息可能出现两次"
    ),
    "doctor.homeserver.old.fix": "请升级到 Synapse {floor} 或更新的版本",
    "doctor.homeserver.not_synapse": (
        "这不是 Synapse：若主服务器恰在此时重启，发往 Matrix 的消息可能出现两次，来自 Matrix 的消息可能遗漏"
    ),
    "doctor.homeserver.known": "它认识 Trunkline 和机器人 {bot}",
    "doctor.homeserver.unknown_token": "它不认识注册文件中的 `as_token`（{code}）",
    "doctor.homeserver.register.fix": ("请把这份注册文件列入主服务器的 `app_service_config_files` 并重启它"),
    "doctor.homeserver.domain": "它的服务器名是 {there}，而配置写的是 {here}",
    "doctor.homeserver.domain.fix": (
        "请把 `homeserver.domain` 设为 {there}，并用 `trunkline init --force` 写入新的注册文件"
    ),
    "doctor.homeserver.other_registration": "它对此令牌有另一份注册，属于 {sender}",
    "doctor.homeserver.bot": "它不让 Trunkline 使用 {bot}（{code}）：它那份注册文件有所不同",
    # the way back
    "doctor.ping.ok": "主服务器在 {duration} 毫秒内连到 {url}",
    "doctor.ping.no_way": "主服务器连不到 {url}",
    "doctor.ping.no_way.fix": (
        "请让 `appservice.address` 成为能从主服务器通到 {host}:{port} 的地址，"
        "写入注册文件的 `url`，并重启主服务器"
    ),
    "doctor.ping.bad_status": "在 {url} 应答的程序拒绝了主服务器的 `hs_token`，或者不是 Trunkline",
    "doctor.ping.no_url": "主服务器那份注册文件没有 `url`",
    "doctor.ping.other": "主服务器拒绝回连（{code}）",
    "doctor.ping.port.fix": "请结束占用该端口的程序，或另选 `appservice.port`",
    "listen.failed": "无法监听 {host}:{port}（{name}）：{error}。",
    "doctor.stand_in": "这只是检查；网桥没有运行",
    # clock
    "doctor.clock.ok": "这里与主服务器一致",
    "doctor.clock.skew": "与主服务器相差 {seconds} 秒",
    "doctor.clock.fix": "请让两边都与时间服务器同步：`timedatectl set-ntp true`",
    # database
    "doctor.database.ok": "可以打开，结构版本为 {version}，密钥相符",
    "doctor.database.running": "正由运行中的网桥使用（进程 {process}）",
    "doctor.database.new": "{file} 将在首次启动时建立",
    "doctor.database.no_folder": "目录 {folder} 不存在或无法写入",
    "doctor.database.no_folder.fix": "请建立 {folder} 并交给运行 Trunkline 的账户",
    "doctor.database.fix": "请更正 `database.url`，或启动数据库",
    "doctor.database.old": "结构版本为 {found}；下次启动将升到 {known}",
    "doctor.database.old.fix": "请先备份",
    # media
    "doctor.media.none": "没有公开地址：照片在另一边只有文字说明",
    "doctor.media.none.fix": "请把 `public.url` 设为通向公开端口的地址",
    "doctor.media.ok": "{url} 下的链接通到这里",
    "doctor.media.away": "{url} 没有应答：{error}",
    "doctor.media.late": "{url} 没有及时应答",
    "doctor.media.wrong": "{url} 下的链接不通到这里，或在途中被改动（状态 {status}）",
    "doctor.media.fix": "请让您的网页服务器把 {url} 原样转到 {host}:{port}，路径不变",
    "doctor.media.port.fix": "请结束占用该端口的程序，或另选 `public.port`",
    # networks
    "doctor.network.late": "检查没有及时结束",
    "doctor.network.late.fix": "请确认从这里连得到它的服务器（`host`、`port`），再运行 `trunkline doctor`",
    "doctor.network.broken": "检查中断：{error}",
    "doctor.network.broken.fix": "请重新安装这个网络；若仍如此，请附上上面的日志报告问题",
}
