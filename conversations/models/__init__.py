"""Tables of the conversation model. Seen only by this package's actions and queries."""

from conversations.models.account import ChannelAccount, ContentTemplate
from conversations.models.contact import (
    ChannelIdentity,
    Contact,
    ContactMerge,
    ContactTag,
    MergedTag,
    Tag,
)
from conversations.models.conversation import Attachment, Conversation, Message, Reaction
from conversations.models.figures import (
    ChatFigureCursor,
    CountedChat,
    FigureBook,
    MemberFigure,
    MessageFigure,
    TimeFigure,
)
from conversations.models.privacy import EraseJob
from conversations.models.queue import Delivery, Inbox, Lane, Outbox
from conversations.models.search import SearchContact, SearchCursor, SearchMessage
from conversations.models.settings import Attribute, SavedReply
from conversations.models.teamwork import Draft, Mention, ReadMark
from conversations.models.upload import Upload

__all__ = [
    "Attachment",
    "Attribute",
    "ChannelAccount",
    "ChannelIdentity",
    "ChatFigureCursor",
    "Contact",
    "ContactMerge",
    "ContactTag",
    "ContentTemplate",
    "Conversation",
    "CountedChat",
    "Delivery",
    "Draft",
    "EraseJob",
    "FigureBook",
    "Inbox",
    "Lane",
    "MemberFigure",
    "Mention",
    "MergedTag",
    "Message",
    "MessageFigure",
    "Outbox",
    "Reaction",
    "ReadMark",
    "SavedReply",
    "SearchContact",
    "SearchCursor",
    "SearchMessage",
    "Tag",
    "TimeFigure",
    "Upload",
]
