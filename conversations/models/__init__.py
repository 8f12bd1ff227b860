"""Tables of the conversation model. Seen only by this package's actions and queries."""

from conversations.models.account import ChannelAccount, ContentTemplate
from conversations.models.contact import ChannelIdentity, Contact, ContactTag, Tag
from conversations.models.conversation import Attachment, Conversation, Message, Reaction
from conversations.models.privacy import EraseJob
from conversations.models.queue import Delivery, Inbox, Lane, Outbox
from conversations.models.search import SearchContact, SearchCursor, SearchMessage
from conversations.models.settings import Attribute, SavedReply
from conversations.models.teamwork import Draft, Mention, ReadMark

__all__ = [
    "Attachment",
    "Attribute",
    "ChannelAccount",
    "ChannelIdentity",
    "Contact",
    "ContactTag",
    "ContentTemplate",
    "Conversation",
    "Delivery",
    "Draft",
    "EraseJob",
    "Inbox",
    "Lane",
    "Mention",
    "Message",
    "Outbox",
    "Reaction",
    "ReadMark",
    "SavedReply",
    "SearchContact",
    "SearchCursor",
    "SearchMessage",
    "Tag",
]
