"""The sentences of the demo network, by language and message key."""

from collections.abc import Mapping
from typing import Final

SENTENCES: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "demo.chat.invalid": "“{given}” is no chat of this network. Write a name such as ~lobby.",
        "demo.target.unknown": "The message this is about never crossed to the demo chat.",
        "demo.disconnected": "The demo chat is not connected.",
        "demo.send.not_in_chat": "The bridge is not in {chat}.",
        "demo.send.refused": "{chat} did not take the message: {why}.",
        "demo.send.uncertain": "{chat} gave no answer; the message may or may not have arrived.",
        "demo.join.refused": "{chat} does not let the bridge in.",
        "demo.kick.refused": "The bridge may not remove this person from {chat}.",
        "demo.check.ok": "ready, {chats} chats configured",
    },
    "zh-Hans": {
        "demo.chat.invalid": "“{given}”不是此网络的聊天室。请写成 ~lobby 这样的名称。",
        "demo.target.unknown": "所指的消息从未传到演示聊天室。",
        "demo.disconnected": "演示聊天室未连接。",
        "demo.send.not_in_chat": "网桥不在 {chat} 中。",
        "demo.send.refused": "{chat} 没有接收这条消息：{why}。",
        "demo.send.uncertain": "{chat} 没有回应；消息可能已送达，也可能没有。",
        "demo.join.refused": "{chat} 不让网桥进入。",
        "demo.kick.refused": "网桥无权将此人移出 {chat}。",
        "demo.check.ok": "就绪，已配置 {chats} 个聊天室",
    },
}
