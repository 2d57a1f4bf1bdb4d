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
}
