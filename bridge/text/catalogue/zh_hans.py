"""The bridge's sentences in Chinese (简体中文)."""

SENTENCES: dict[str, str] = {
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
    "access.not_allowed": "您在此无权执行该操作（`{action}` 需要 `{needed}` 级别）。请联系本桥的管理员。",
    # plumbing
    "plumb.not_joined": "您不在那个房间里。请先加入，然后重试。",
    "plumb.encrypted": "那个房间已加密，其中的消息无法桥接。请使用未加密的房间。",
    "plumb.power": (
        "您在那个房间的权限级别是 {has}，而把它接入其他网络需要 {needed}。请联系该房间的管理者。"
    ),
    "plumb.network": "对方尚未同意。请联系该频道的管理员或本桥的管理员。",
    # room upgrades
    "upgrade.other_room": "房间已关闭，但没有可用的后继房间。请手动接入新房间。",
    "upgrade.sender": "房间被 {user} 关闭，而此人无权这样做。桥仍留在这里；管理者可以接入其他房间。",
    "upgrade.predecessor": "所谓的后继房间并未把本房间列为前身。桥仍留在这里；管理者可以接入新房间。",
    "upgrade.creator": "新房间由 {user} 创建，而此人无权关闭本房间。桥仍留在这里；管理者可以接入新房间。",
    # fetching from other servers
    "egress.refused.malformed": "这不是一个网址。",
    "egress.refused.scheme": "只能获取 http 和 https 地址。",
    "egress.refused.credentials": "地址中带有用户名和密码，不予获取。",
    "egress.refused.address": "{host} 不在公共互联网上，不予获取。",
    "egress.refused.redirects": "{host} 不断跳转到别的地址，已放弃。",
    "egress.refused.downgrade": "{host} 从加密连接跳转到未加密连接，已放弃。",
    "egress.too_large": "返回的内容超过 {max_bytes} 字节。",
    "egress.failed": "无法获取 {host}：{detail}",
    # rooms made by alias, and bridged rooms
    "alias.not_allowed": "`{alias}` 并不对所有人开放。请让本桥的管理员放行。",
    "alias.not_ours": "`{alias}` 不是本桥的地址。请用 `list` 查找正确的地址。",
    "network.no_relay": "{network} 没有可以代所有人发言的连接。请让本桥的管理员设置一个。",
    "network.unknown": "这里没有名为 `{name}` 的网络。可用的有：{known}。",
    "plumb.taken": "{chat} 已经接入另一个房间。请先在那里解除。",
    "portal.deserted": "最后一个人已离开，房间不再桥接。通过其地址加入即可重新打开。",
    "portal.encrypted": "本房间已启用加密，消息不再互通。请改为接入未加密的房间。",
    "portal.encrypted_there": "本桥的 Matrix 一侧已启用加密，消息不再互通。",
    "portal.removed": "本房间不再桥接。请重新接入以继续。",
    "portal.stopped": "这里的消息目前不互通。请向本桥的管理员询问原因。",
    "upgrade.no_entry": "桥无法进入后继房间。请邀请其机器人进入，或接入新房间。",
    # the bot
    "bot.encrypted": "本房间已加密，桥无法读取其中的消息。请使用未加密的房间。",
    "bot.greeting": "您好！您可以在这里与桥对话。发送 `help` 查看它能做什么。",
    # the fate of a message
    "message.expired": "您的消息未能及时到达 {network}，不会自动重发。请用 `retry` 立即发送。",
    "message.failed": "您的消息未能送达。请用 `retry` 重新发送。",
    "message.ping_pong": "同一条通知反复出现，已被拦下。请检查是否有两个程序在互相应答。",
    "message.set_aside": "一条消息连续三次无法处理，已被搁置。请让本桥的管理员查看日志。",
    "message.target_under_way": "此消息所指的那条消息还在途中。它会自动随后送出。",
    "message.uncertain": "无法确定您的消息是否已到达 {network}。请先到那边查看，再决定是否重发。",
    # the homeserver
    "matrix.back": "主服务器恢复应答。",
    "matrix.broken": "主服务器目前无法正常应答（状态码 {status}）。将会重试。",
    "matrix.file_too_large": "文件超过 {limit} 字节。请发送较小的文件。",
    "matrix.no_answer": "主服务器没有应答。将会重试。",
    "matrix.not_mxc": "这不是主服务器上的文件地址。请重新发送文件。",
    "matrix.rate_limited": "主服务器要求稍候。将会重试。",
    "matrix.refused": "主服务器拒绝了请求（{code}，状态码 {status}）。请让本桥的管理员查看日志。",
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
        "注册文件中的 `sender_localpart` 与桥机器人同名。请写一个随机名称，或使用 `trunkline init`。"
    ),
    "registration.unreadable": "无法读取注册文件：{reason}。请用 `trunkline init` 重新生成。",
    "registration.weak_token": "注册文件中的 `{key}` 太容易猜到。请使用至少 {count} 个随机字符。",
    "registration.wrong_flag": "注册文件中的 `{key}` 应为 `{wanted}`。请修改后重启主服务器。",
    # the store
    "storage.damaged": "数据库已损坏：{error}。请停止桥并恢复备份。",
    "storage.locked": "另一个桥正在使用 {place}（进程 {holder}）。请先停止它，或换用其他数据目录。",
    "storage.open_failed": "无法打开数据库 {place}：{error}。请检查地址和权限。",
    "storage.refused": "数据库拒绝了操作：{error}。请让本桥的管理员查看日志。",
    "storage.schema_newer": "数据库的结构版本是 {found}，而本版本只认识到 {known}。请重新安装较新的版本。",
    "storage.unavailable": "数据库没有应答：{error}。将会重试。",
}
