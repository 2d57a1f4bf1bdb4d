"""The bridge's sentences in Chinese (简体中文)."""

from bridge.text.catalogue.audit import CHINESE as AUDIT_SENTENCES
from bridge.text.catalogue.demo import CHINESE as DEMO_SENTENCES
from bridge.text.catalogue.doors import CHINESE as DOOR_SENTENCES
from bridge.text.catalogue.start import CHINESE as START_SENTENCES
from bridge.text.catalogue.upkeep import CHINESE as UPKEEP_SENTENCES
from bridge.text.catalogue.whereabouts import CHINESE as WHEREABOUTS_SENTENCES

SENTENCES: dict[str, str] = {
    **DEMO_SENTENCES,
    **START_SENTENCES,
    **UPKEEP_SENTENCES,
    **AUDIT_SENTENCES,
    **DOOR_SENTENCES,
    **WHEREABOUTS_SENTENCES,
    # configuration
    "config.invalid": "配置中有 {count} 处错误：\n{details}",
    "config.file": "无法读取该文件：{error}",
    "config.size": "文件超过 {limit} 字节，或包含的值多于 {nodes} 个",
    "config.syntax": "不是有效的 YAML：{error}",
    "config.duplicate": "重复书写；第一处在第 {first} 行",
    "config.unknown": "没有这个选项{hint}",
    "config.unknown_section": "没有这个配置段{hint}",
    "config.missing": "缺少此项；应为：{wanted}",
    "config.wrong": "{value} 不符合要求，应为 {wanted}{hint}",
    "config.both": "以 {first} 和 {second} 两种方式重复给出；请只保留一个",
    "config.secret_file": "无法读取文件 {file}：{error}",
    "config.secret_empty": "文件 {file} 是空的",
    "config.readable": "其中含有机密，而本机上任何人都能读取；请运行：chmod o-r {file}",
    "config.moved": "自 {since} 起，{old} 更名为 {new}；请参阅 `trunkline config upgrade`",
    "config.converted": "自 {since} 起，{old} 的写法有变；请参阅 `trunkline config upgrade`",
    "config.moved_ignored": "{old} 被忽略，因为同时给出了它自 {since} 起的新名称 {new}",
    # who may do what
    "access.bad_level": "`{rule}` 的级别 `{level}` 无效，可用的级别有：{wanted}。",
    "access.bad_rule": (
        "`{rule}` 不指代任何人。请写用户 ID（`@ann:example.org`）、服务器（`example.org`）或 `*`。"
    ),
    "access.not_allowed": "您在此无权执行该操作（`{action}` 需要 `{needed}` 级别）。请联系本网桥的管理员。",
    # plumbing
    "plumb.not_joined": "您不在那个房间里。请先加入，然后重试。",
    "plumb.encrypted": "那个房间已加密，其中的消息无法桥接。请使用未加密的房间。",
    "plumb.power": (
        "您在那个房间的权限级别是 {has}，而把它接入其他网络需要 {needed}。请联系该房间的管理者。"
    ),
    "plumb.network": "对方尚未同意。请联系该频道的管理员或本网桥的管理员。",
    # room upgrades
    "upgrade.other_room": "房间已关闭，但没有可用的后继房间。请手动接入新房间。",
    "upgrade.sender": "房间被 {user} 关闭，而此人无权这样做。网桥仍留在这里；管理者可以接入其他房间。",
    "upgrade.predecessor": "所谓的后继房间并未把本房间列为前身。网桥仍留在这里；管理者可以接入新房间。",
    "upgrade.creator": "新房间由 {user} 创建，而此人无权关闭本房间。网桥仍留在这里；管理者可以接入新房间。",
    # fetching from other servers
    "egress.refused.malformed": "这不是一个网址。",
    "egress.refused.scheme": "只能获取 http 和 https 地址。",
    "egress.refused.credentials": "地址中带有用户名和密码，不予获取。",
    "egress.refused.address": "{host} 不在公共互联网上，不予获取。",
    "egress.refused.redirects": "{host} 不断跳转到别的地址，已放弃。",
    "egress.refused.downgrade": "{host} 从加密连接跳转到未加密连接，已放弃。",
    "egress.too_large": "返回的内容超过 {max_bytes} 字节。",
    "egress.failed": "无法获取 {host}：{detail}",
    "gap.notice": (
        "与 {network} 上 {chat} 的连接在 {began} 至 {ended}（UTC）之间中断；这里不知道那段时间里说了什么。"
    ),
    "gap.too_old": (
        "主服务器在交给本网桥的途中丢失了本房间的 {count} 条消息，现在转发已经太晚。"
        "如果仍然重要，请重新发送。"
    ),
    # crowds
    "crowd.split": "网络分裂（{servers}）：{count} 人离开。",
    "crowd.returned": "网络分裂（{servers}）后，{count} 人回来了。",
    "crowd.joined": "{seconds} 秒内有 {count} 人加入。",
    "crowd.left": "{seconds} 秒内有 {count} 人离开。",
    # rooms made by alias, and bridged rooms
    "alias.not_allowed": "`{alias}` 并不对所有人开放。请让本网桥的管理员放行。",
    "alias.not_ours": "`{alias}` 不是本网桥的地址。请用 `list` 查找正确的地址。",
    "alias.vanished": "`{alias}` 刚被占用又消失了。请再试一次。",
    "network.no_relay": "{network} 没有可以代所有人发言的连接。请让本网桥的管理员设置一个。",
    "network.unknown": "这里没有名为 `{name}` 的网络。可用的有：{known}。",
    "plumb.taken": "{chat} 已经接入另一个房间。请先在那里解除。",
    "portal.deserted": "最后一个人已离开，房间不再桥接。如需重新打开，请再次通过其地址或用 `join` 加入。",
    "portal.encrypted": "本房间已启用加密，消息不再互通。请改为接入未加密的房间。",
    "portal.encrypted_there": "本网桥的 Matrix 一侧已启用加密，消息不再互通。",
    "portal.removed": "本房间不再桥接。请重新接入以继续。",
    "portal.stopped": "这里的消息目前不互通。请向本网桥的管理员询问原因。",
    "upgrade.no_entry": "网桥无法进入后继房间。请邀请其机器人进入，或接入新房间。",
    # the bot
    "bot.encrypted": "本房间已加密，网桥无法读取其中的消息。请使用未加密的房间。",
    "bot.greeting": "您好！您可以在这里与网桥对话。发送 `help` 查看它能做什么。",
    # the fate of a message
    "message.expired": "您的消息未能及时到达 {network}，不会自动重发。请用 `retry` 立即发送。",
    "message.failed": "您的消息未能送达。请用 `retry` 重新发送。",
    "message.ping_pong": "同一条通知反复出现，已被拦下。请检查是否有两个程序在互相应答。",
    "message.set_aside": "一条消息连续三次无法处理，已被搁置。请让本网桥的管理员查看日志。",
    "message.target_under_way": "此消息所指的那条消息还在途中。它会自动随后送出。",
    "message.uncertain": "无法确定您的消息是否已到达 {network}。请先到那边查看，再决定是否重发。",
    # the homeserver
    "matrix.back": "主服务器恢复应答。",
    "matrix.broken": "主服务器目前无法正常应答（状态码 {status}）。将会重试。",
    "matrix.file_too_large": "文件超过 {limit} 字节。请发送较小的文件。",
    "matrix.no_answer": "主服务器没有应答。将会重试。",
    "matrix.not_mxc": "这不是主服务器上的文件地址。请重新发送文件。",
    "matrix.rate_limited": "主服务器要求稍候。将会重试。",
    "matrix.refused": "主服务器拒绝了请求（{code}，状态码 {status}）。请让本网桥的管理员查看日志。",
    "matrix.unreadable": "有一个事件无法理解（{what}），已被搁置。",
    "matrix.waiting": "正在等待主服务器：{reason}。请启动它，或检查配置中的地址。",
    "registration.missing": "注册文件中缺少 `{key}`。请用 `trunkline init` 重新生成。",
    "registration.namespace": (
        "`{name}` 不在注册文件的命名空间内。请用 `trunkline init` 重新生成并交给主服务器。"
    ),
    "registration.placeholder": (
        "注册文件中的 `{key}` 仍是占位符。请填入您自己的机密，或使用 `trunkline init`。"
    ),
    "registration.same_tokens": "注册文件中的 `as_token` 与 `hs_token` 相同。请分别使用不同的机密。",
    "registration.sender_is_bot": (
        "注册文件中的 `sender_localpart` 与网桥机器人同名。请写一个随机名称，或使用 `trunkline init`。"
    ),
    "registration.unreadable": "无法读取注册文件：{reason}。请用 `trunkline init` 重新生成。",
    "registration.weak_token": "注册文件中的 `{key}` 太容易猜到。请使用至少 {count} 个随机字符。",
    "registration.wrong_flag": "注册文件中的 `{key}` 应为 `{wanted}`。请修改后重启主服务器。",
    # plug-ins
    "plugins.bad_section": "{name} 的配置有误，因此没有启动。请运行 `trunkline config check` 查看。",
    "plugins.bad_shape": "网络类型 `{type}` 不适用于本版本：其 {what} 缺失或格式不符。请安装匹配的版本。",
    "plugins.not_loaded": "无法加载网络类型 `{type}`：{error}。请重新安装。",
    "plugins.not_started": "无法启动 {name}：{error}。将会重试。",
    "plugins.start_too_slow": "{name} 未能及时启动。将会重试。",
    "plugins.type_taken": "有两个软件包提供网络类型 `{type}`，使用的是 {used}。请卸载另一个。",
    # the store
    "storage.damaged": "数据库已损坏：{error}。请停止网桥并恢复备份。",
    "storage.locked": "另一个网桥正在使用 {place}（进程 {holder}）。请先停止它，或换用其他数据目录。",
    "storage.open_failed": "无法打开数据库 {place}：{error}。请检查地址和权限。",
    "storage.refused": "数据库拒绝了操作：{error}。请让本网桥的管理员查看日志。",
    "storage.schema_newer": "数据库的结构版本是 {found}，而本版本只认识到 {known}。请重新安装较新的版本。",
    "storage.unavailable": "数据库没有应答：{error}。将会重试。",
    # commands
    "command.did_you_mean": "没有命令 `{name}`。您是想用 `{meant}` 吗？",
    "command.too_many": "命令太多了。请稍等片刻再发送下一条命令。",
    "command.unknown": "没有命令 `{name}`。发送 `help` 查看所有命令。",
    "command.usage": "该命令的写法不对。请用 `{usage}`。",
    "help.intro": "可用的命令如下。在有其他人的房间里，请以 `{prefix}` 开头。",
    "help.line": "`{usage}`",
    "help.join": "加入某个网络上的会话。",
    "help.leave": "离开某个会话的房间。",
    "help.list": "列出已桥接的房间，或某个网络上可加入的会话。",
    "help.plumb": "把本房间接入某个网络上的会话。",
    "help.unplumb": "使本房间脱离其网络。",
    "help.retry": "重发未能送达的消息：作为回复时只发那一条，加 `all` 则全部重发。用 🔁 回应效果相同。",
    "help.status": "显示各网络及本房间的状况。",
    "join.done": "{chat} 的房间是：{alias}。已向您发出邀请。",
    "leave.done": "您已离开 {chat}。",
    "leave.not_there": "您不在 {chat} 中，无需离开。",
    "leave.plumbed": "本房间属于大家，只是接入了网络。请用客户端离开，或使用 `unplumb`。",
    "list.chat": "{chat}（{people}）{topic}",
    "list.directory": "{network} 上的公开会话：",
    "list.no_directory": "{network} 不提供会话列表。请用 `join` 按名称加入。",
    "list.no_portals": "尚无已桥接的房间。请用 `join` 或 `plumb` 建立。",
    "list.nothing": "在 {network} 上没有找到。请换一个词。",
    "list.portal": "{network} 上的 {chat}：{room}",
    "list.portals": "已桥接的房间共 {count} 个：",
    "network.which": "请说明是哪个网络：{known}。",
    "plumb.ask_operator": (
        "{user} 希望把此会话桥接到一个 Matrix 房间。此处的管理员可以这样表示同意：approve {code}"
    ),
    "plumb.asked": "现在需要 {chat} 的管理员同意。那边的询问在 {minutes} 分钟内有效。",
    "plumb.done": "本房间现已接入 {chat}。",
    "plumb.done_there": "此会话现已桥接到一个 Matrix 房间。",
    "plumb.not_operator": "只有此会话的管理员才能同意。请找一位管理员来说。",
    "plumb.room_taken": "本房间已经桥接。请先使用 `unplumb`。",
    "plumb.unknown_code": "该代码未知或已过期。请在 Matrix 房间里用 `plumb` 重新获取。",
    "plumb.where": "请在您想接入的房间里说这句话。",
    "portal.none": "{chat} 在这里没有房间。请用 `join` 建立。",
    "portal.not_here": "本房间没有桥接。请在已桥接的房间里说，或指明会话。",
    "portal.upgraded": "本房间已被另一个房间取代，而网桥没有跟过去。请接入新房间。",
    "retry.done": "{count} 条消息已重新上路。",
    "retry.nothing": "您没有需要重发的消息。",
    "retry.usage": "无法理解 `{word}`。请用 `retry` 回复某条消息，或说 `retry all`。",
    "retry.where": "请在消息未能送达的那个桥接房间里说这句话。",
    "status.connected": "{network}：已以 {name} 的身份连接。",
    "status.connecting": "{network}：正在以 {name} 的身份连接。",
    "status.disconnected": "{network}：连接已断开，正在自动重试。",
    "status.refused": "{network}：以 {name} 身份的连接被拒绝。需要本网桥的管理员处理。",
    "status.stopped": "{network}：已停止。",
    "status.no_networks": "没有设置任何网络。请在配置中添加。",
    "status.portal": "本房间已接入 {network} 上的 {chat}。",
    "status.portal_stopped": "本房间已接入 {chat}，但消息不互通：",
    "unplumb.done": "本房间不再接入 {chat}。",
    # the store's key and conflicts
    "storage.key_malformed": "密钥不是 {bytes} 字节的 base64。请从备份恢复。",
    "storage.key_unreadable": "无法读取 {file} 中的密钥：{error}。请检查文件及其权限。",
    "storage.key_unwritable": "无法把密钥写入 {file}：{error}。请检查目录及其权限。",
    "storage.key_wrong": "密钥与写入此数据库时所用的不同。请从备份恢复正确的密钥。",
    "storage.portal_taken": "{chat} 已经接入房间 {room}。请先在那里解除。",
    "storage.secret_damaged": "无法解密 {place} 处的机密。请重新输入，或恢复备份。",
    # links to media
    "web.media.busy": "目前正在获取的文件太多。请稍后再试。",
    "web.media.expired": "此链接已过期。请让对方重新发送文件。",
    "web.media.gone": "文件已不存在。请让对方重新发送。",
    "web.media.too_large": "文件超过本网桥可转交的大小。请用其他方式索取。",
    "web.media.unavailable": "目前无法获取文件。请稍后再试。",
    "web.media.unknown": "此地址下没有文件。请检查链接是否完整。",
}
