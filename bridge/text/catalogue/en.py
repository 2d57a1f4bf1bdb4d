"""The bridge's sentences in English: what happened, then what to do."""

from bridge.config.problems import ENGLISH as CONFIG_SENTENCES
from bridge.text.catalogue.audit import ENGLISH as AUDIT_SENTENCES
from bridge.text.catalogue.demo import ENGLISH as DEMO_SENTENCES
from bridge.text.catalogue.doors import ENGLISH as DOOR_SENTENCES
from bridge.text.catalogue.start import ENGLISH as START_SENTENCES
from bridge.text.catalogue.upkeep import ENGLISH as UPKEEP_SENTENCES
from bridge.text.catalogue.whereabouts import ENGLISH as WHEREABOUTS_SENTENCES

SENTENCES: dict[str, str] = {
    **DEMO_SENTENCES,
    **START_SENTENCES,
    **UPKEEP_SENTENCES,
    **AUDIT_SENTENCES,
    **DOOR_SENTENCES,
    **WHEREABOUTS_SENTENCES,
    **CONFIG_SENTENCES,
    "config.invalid": "The configuration has {count} {count|mistake|mistakes}:\n{details}",
    # who may do what
    "access.bad_level": "`{level}`, the level of `{rule}`, is not one of these: {wanted}.",
    "access.bad_rule": (
        "`{rule}` names nobody. Write an MXID (`@ann:example.org`), a server (`example.org`) or `*`."
    ),
    "access.not_allowed": (
        "You may not do this here (`{action}` needs the level `{needed}`). Ask the admin of this bridge."
    ),
    # plumbing
    "plumb.not_joined": "You are not in that room. Join it and try again.",
    "plumb.encrypted": (
        "That room is encrypted, and what is said in it cannot be bridged. Use a room without encryption."
    ),
    "plumb.power": (
        "Your power level in that room is {has}, and joining it to another network takes {needed}. "
        "Ask a moderator of the room."
    ),
    "plumb.network": (
        "The other side has not agreed to this. Ask an operator of the channel or the admin of this bridge."
    ),
    # room upgrades
    "upgrade.other_room": "The room was closed without a usable successor. Plumb the new room by hand.",
    "upgrade.sender": (
        "The room was closed by {user}, who had no right to do so. The bridge stays here; "
        "a moderator may plumb another room."
    ),
    "upgrade.predecessor": (
        "The room that is said to follow this one does not name it as its predecessor. "
        "The bridge stays here; a moderator may plumb the new room."
    ),
    "upgrade.creator": (
        "The new room was made by {user}, who had no right to close this one. "
        "The bridge stays here; a moderator may plumb the new room."
    ),
    # fetching from other servers
    "egress.refused.malformed": "That is not a web address.",
    "egress.refused.scheme": "Only http and https addresses can be fetched.",
    "egress.refused.credentials": "An address with a name and password in it is not fetched.",
    "egress.refused.address": "{host} is not on the public Internet and is not fetched.",
    "egress.refused.redirects": "{host} sends from one address to the next; it was given up.",
    "egress.refused.downgrade": "{host} is reached only without encryption, after an encrypted start.",
    "egress.too_large": "The answer is larger than {max_bytes} bytes.",
    "egress.failed": "{host} could not be fetched: {detail}",
    "gap.notice": (
        "The connection to {chat} on {network} was away from {began} to {ended} (UTC); "
        "what was said there meanwhile is not known here."
    ),
    "gap.too_old": (
        "The homeserver lost {count} {count|message|messages} of this room on the way to the bridge, "
        "and they are too old to be carried now. Say them again if they still matter."
    ),
    # crowds
    "crowd.split": "{count} {count|person|people} left in a netsplit ({servers}).",
    "crowd.returned": "{count} {count|person|people} came back after a netsplit ({servers}).",
    "crowd.joined": "{count} {count|person|people} joined within {seconds} {seconds|second|seconds}.",
    "crowd.left": "{count} {count|person|people} left within {seconds} {seconds|second|seconds}.",
    # rooms made by alias, and bridged rooms
    "alias.not_allowed": "`{alias}` is not open to everybody. Ask the admin of this bridge to allow it.",
    "alias.not_ours": "`{alias}` is no address of this bridge. Look up the right one with `list`.",
    "alias.vanished": "`{alias}` was taken and is gone again. Try it once more.",
    "network.no_relay": (
        "{network} has no connection that speaks for everybody. Ask the admin of this bridge to set one up."
    ),
    "network.unknown": "There is no network called `{name}` here. Use one of these: {known}.",
    "plumb.taken": "{chat} is bridged to another room already. Unplumb it there first.",
    "portal.deserted": (
        "The last person has left the room, so it is no longer bridged. "
        "Ask for it anew by its address or with `join`."
    ),
    "portal.encrypted": (
        "This room is encrypted now, and nothing crosses any more. Plumb a room without encryption instead."
    ),
    "portal.encrypted_there": (
        "The Matrix side of this bridge became encrypted, so nothing crosses any more."
    ),
    "portal.removed": "This room is no longer bridged. Plumb it again to go on.",
    "portal.stopped": "Nothing crosses here at the moment. Ask the admin of this bridge for the reason.",
    "upgrade.no_entry": (
        "The bridge cannot enter the room that follows this one. Invite its bot there, or plumb the new room."
    ),
    # the bot
    "bot.encrypted": (
        "This room is encrypted, and the bridge cannot read what is said in it. "
        "Use a room without encryption."
    ),
    "bot.greeting": "Hello! This is where you talk to the bridge. Say `help` to see what it can do.",
    # the fate of a message
    "message.expired": (
        "Your message did not reach {network} in time and will not be tried again by itself. "
        "Use `retry` to send it now."
    ),
    "message.failed": "Your message could not be delivered. Use `retry` to send it again.",
    "message.ping_pong": (
        "The same notice came again and again, so it was kept back. "
        "Look for two programs that answer each other."
    ),
    "message.set_aside": (
        "A message could not be understood three times in a row and was set aside. "
        "Ask the admin of this bridge to look at the log."
    ),
    "message.target_under_way": (
        "The message that this one speaks about is still on its way. This one follows it by itself."
    ),
    "message.uncertain": (
        "Nobody can tell whether your message reached {network}. Look there before you send it again."
    ),
    # the homeserver
    "matrix.back": "The homeserver answers again.",
    "matrix.broken": (
        "The homeserver cannot answer properly at the moment (status {status}). It will be tried again."
    ),
    "matrix.file_too_large": "The file is larger than {limit} bytes. Send a smaller one.",
    "matrix.no_answer": "The homeserver does not answer. It will be tried again.",
    "matrix.not_mxc": "This is not the address of a file on a homeserver. Send the file again.",
    "matrix.rate_limited": "The homeserver asks for a pause. It will be tried again.",
    "matrix.refused": (
        "The homeserver refused this ({code}, status {status}). "
        "Ask the admin of this bridge to look at the log."
    ),
    "matrix.unreadable": "An event makes no sense ({what}) and was set aside.",
    "matrix.waiting": (
        "Waiting for the homeserver: {reason}. Start it, or check its address in the configuration."
    ),
    "registration.missing": (
        "`{key}` is missing in the registration. Write a new one with `trunkline init`."
    ),
    "registration.namespace": (
        "`{name}` is outside of the registration's namespaces. "
        "Write a new one with `trunkline init` and give it to the homeserver."
    ),
    "registration.placeholder": (
        "`{key}` in the registration is still a placeholder. "
        "Put a secret of your own there, or use `trunkline init`."
    ),
    "registration.same_tokens": (
        "`as_token` and `hs_token` of the registration are equal. Give each a secret of its own."
    ),
    "registration.sender_is_bot": (
        "`sender_localpart` of the registration is the bridge bot's name. "
        "Write a random one there, or use `trunkline init`."
    ),
    "registration.unreadable": (
        "The registration cannot be read: {reason}. Write a new one with `trunkline init`."
    ),
    "registration.weak_token": (
        "`{key}` in the registration is too easy to guess. Use at least {count} random characters."
    ),
    "registration.wrong_flag": (
        "`{key}` in the registration should be `{wanted}`. Change it there and restart the homeserver."
    ),
    # plug-ins
    "plugins.bad_section": (
        "The section of {name} has mistakes, so it is not started. Run `trunkline config check` to see them."
    ),
    "plugins.bad_shape": (
        "The network type `{type}` does not fit this version: its {what} is missing or of another shape. "
        "Install a matching version of it."
    ),
    "plugins.not_loaded": "The network type `{type}` cannot be loaded: {error}. Install it again.",
    "plugins.not_started": "{name} could not be started: {error}. It will be tried again.",
    "plugins.start_too_slow": "{name} did not start in time. It will be tried again.",
    "plugins.type_taken": (
        "Two packages bring the network type `{type}`; {used} is used. Uninstall the other one."
    ),
    # the store
    "storage.damaged": "The database is damaged: {error}. Stop the bridge and restore a backup.",
    "storage.locked": (
        "Another bridge is at work on {place} (process {holder}). Stop it first, or use another data folder."
    ),
    "storage.open_failed": "The database {place} cannot be opened: {error}. Check its address and rights.",
    "storage.refused": (
        "The database refused this: {error}. Ask the admin of this bridge to look at the log."
    ),
    "storage.schema_newer": (
        "The database has schema {found}, and this version knows only {known}. "
        "Install the newer version again."
    ),
    "storage.unavailable": "The database does not answer: {error}. It will be tried again.",
    # commands
    "command.did_you_mean": "There is no command `{name}`. Did you mean `{meant}`?",
    "command.too_many": "That was a lot at once. Wait a little before you say the next command.",
    "command.unknown": "There is no command `{name}`. Say `help` to see them all.",
    "command.usage": "That command is written differently. Use `{usage}`.",
    "help.intro": "These are the commands. In a room with others, begin with `{prefix}`.",
    "help.line": "`{usage}`",
    "help.join": "Join a conversation on a network.",
    "help.leave": "Leave the room of a conversation.",
    "help.list": "List the bridged rooms, or what can be joined on a network.",
    "help.plumb": "Join this room to a conversation on a network.",
    "help.unplumb": "Take this room off its network.",
    "help.retry": (
        "Send again what could not be delivered: as a reply that message, with `all` every one. "
        "Reacting to your message with 🔁 does the same."
    ),
    "help.status": "Show how the networks and this room fare.",
    "join.done": "{chat} has a room: {alias}. You have been invited.",
    "leave.done": "You have left {chat}.",
    "leave.not_there": "You are not in {chat}. There is nothing to leave.",
    "leave.plumbed": (
        "This room is people's own and only plumbed. Leave it with your client, or use `unplumb`."
    ),
    "list.chat": "{chat} ({people}) {topic}",
    "list.directory": "Open conversations on {network}:",
    "list.no_directory": "{network} gives no list of its conversations. Join one by its name with `join`.",
    "list.no_portals": "No room is bridged yet. Make one with `join` or `plumb`.",
    "list.nothing": "Nothing was found on {network}. Try another word.",
    "list.portal": "{chat} on {network}: {room}",
    "list.portals": "{count} bridged {count|room|rooms}:",
    "network.which": "Say which network you mean: {known}.",
    "plumb.ask_operator": (
        "{user} wants to bridge this conversation to a Matrix room. "
        "An operator here can agree by saying: approve {code}"
    ),
    "plumb.asked": (
        "An operator of {chat} must agree now. "
        "The question there is good for {minutes} {minutes|minute|minutes}."
    ),
    "plumb.done": "This room is now joined to {chat}.",
    "plumb.done_there": "This conversation is now bridged to a Matrix room.",
    "plumb.not_operator": "Only an operator of this conversation can agree. Ask one to say it.",
    "plumb.room_taken": "This room is bridged already. Use `unplumb` first.",
    "plumb.unknown_code": (
        "That code is unknown or too old. Ask for a new one with `plumb` in the Matrix room."
    ),
    "plumb.where": "Say this in the room that you want to plumb.",
    "portal.none": "{chat} has no room here. Make one with `join`.",
    "portal.not_here": "This room is not bridged. Say it in a bridged room, or name the conversation.",
    "portal.upgraded": (
        "This room was replaced by another one, and the bridge did not follow. Plumb the new room."
    ),
    "retry.done": "{count} {count|message is|messages are} on the way again.",
    "retry.nothing": "There is nothing of yours to send again.",
    "retry.usage": "`{word}` is not understood. Reply with `retry` to a message, or say `retry all`.",
    "retry.where": "Say this in the bridged room where your message was not delivered.",
    "status.connected": "{network}: connected as {name}.",
    "status.connecting": "{network}: connecting as {name}.",
    "status.disconnected": "{network}: the connection is lost and is tried again by itself.",
    "status.refused": "{network}: the connection as {name} was refused. The admin of this bridge must act.",
    "status.stopped": "{network}: stopped.",
    "status.no_networks": "No network is set up. Add one to the configuration.",
    "status.portal": "This room is joined to {chat} on {network}.",
    "status.portal_stopped": "This room is joined to {chat}, but nothing crosses:",
    "unplumb.done": "This room is no longer joined to {chat}.",
    # the store's key and conflicts
    "storage.key_malformed": "The secret key is not {bytes} bytes in base64. Restore it from a backup.",
    "storage.key_unreadable": (
        "The secret key in {file} cannot be read: {error}. Check the file and its rights."
    ),
    "storage.key_unwritable": (
        "The secret key cannot be written to {file}: {error}. Check the folder and its rights."
    ),
    "storage.key_wrong": (
        "The secret key is not the one that this database was written with. "
        "Restore the right one from a backup."
    ),
    "storage.portal_taken": "{chat} is bridged to the room {room} already. Unplumb it there first.",
    "storage.secret_damaged": (
        "The secret at {place} cannot be decrypted. Enter it again, or restore a backup."
    ),
    # links to media
    "web.media.busy": "Too many files are being fetched at the moment. Try again in a minute.",
    "web.media.expired": "This link is too old. Ask for the file to be sent again.",
    "web.media.gone": "The file is no longer there. Ask for it to be sent again.",
    "web.media.too_large": "The file is larger than this bridge passes on. Ask for it in another way.",
    "web.media.unavailable": "The file cannot be fetched at the moment. Try again later.",
    "web.media.unknown": "There is no file under this address. Check that the link is whole.",
}
