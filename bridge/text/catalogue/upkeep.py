"""The sentences about what is kept, what is forgotten, and what there is no place for, in each language."""

ENGLISH: dict[str, str] = {
    "arrival.expired": "It waited too long for the homeserver and was given up.",
    "portal.moved": (
        "This room was replaced, and what is said in it is not bridged any more. "
        "Say it in the room that follows it."
    ),
    "message.forgotten": "It cannot be sent again, because its words are no longer kept here. Say it anew.",
    "message.quota": (
        "This was not taken over, because too much already waits for {network}. Say it again later."
    ),
    "trace.forgotten": "Its words are no longer kept here.",
    "shed.notice": (
        "{count} {count|line|lines} from {chat} on {network} did not come through, "
        "because too much was waiting for this room."
    ),
}

CHINESE: dict[str, str] = {
    "arrival.expired": "等待主服务器太久，已放弃。",
    "portal.moved": "本房间已被另一个房间取代，这里说的话不再桥接。请到后继房间里说。",
    "message.forgotten": "无法再次发送，因为这里已不再保存其内容。请重新说一遍。",
    "message.quota": "此消息未被接收，因为等待发往 {network} 的内容已经太多。请稍后再说一遍。",
    "trace.forgotten": "这里已不再保存其内容。",
    "shed.notice": "来自 {network} 上 {chat} 的 {count} 行未能送达，因为等待进入本房间的内容太多。",
}
