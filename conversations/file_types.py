"""Content types of files that channels name in what they take, and how people call them."""

from __future__ import annotations

JPEG, PNG, GIF, WEBP = "image/jpeg", "image/png", "image/gif", "image/webp"
MP4, MOV, WEBM, THREE_GP = "video/mp4", "video/quicktime", "video/webm", "video/3gpp"
M4A, MP3, AAC, OGG, WAV, AMR = (
    "audio/mp4",
    "audio/mpeg",
    "audio/aac",
    "audio/ogg",
    "audio/wav",
    "audio/amr",
)
PDF, ZIP, PLAIN, HTML, SVG, UNKNOWN = (
    "application/pdf",
    "application/zip",
    "text/plain",
    "text/html",
    "image/svg+xml",
    "application/octet-stream",
)
OPEN_XML = "application/vnd.openxmlformats-officedocument."
DOCX = OPEN_XML + "wordprocessingml.document"
XLSX = OPEN_XML + "spreadsheetml.sheet"
PPTX = OPEN_XML + "presentationml.presentation"
DOC, XLS, PPT = "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"
OFFICE = frozenset({DOCX, XLSX, PPTX, DOC, XLS, PPT})

# As people read them in "takes JPEG, PNG"; a type that is missing here is not named.
NAMES = {
    JPEG: "JPEG", PNG: "PNG", GIF: "GIF", WEBP: "WebP", MP4: "MP4", MOV: "MOV", WEBM: "WebM", THREE_GP: "3GP",
    M4A: "M4A", MP3: "MP3", AAC: "AAC", OGG: "OGG", WAV: "WAV", AMR: "AMR", PDF: "PDF", ZIP: "ZIP", PLAIN: "TXT",
    DOCX: "DOCX", XLSX: "XLSX", PPTX: "PPTX", DOC: "DOC", XLS: "XLS", PPT: "PPT",
}  # fmt: skip
# The ending a file of the type has; the first is given to a file that has another.
ENDINGS: dict[str, tuple[str, ...]] = {
    JPEG: (".jpg", ".jpeg"), PNG: (".png",), GIF: (".gif",), WEBP: (".webp",), MP4: (".mp4", ".m4v"),
    MOV: (".mov",), WEBM: (".webm",), THREE_GP: (".3gp",), M4A: (".m4a",), MP3: (".mp3",), AAC: (".aac",),
    OGG: (".ogg", ".opus", ".oga"), WAV: (".wav",), AMR: (".amr",), PDF: (".pdf",), ZIP: (".zip",),
    PLAIN: (".txt", ".csv", ".tsv", ".md", ".log", ".json", ".ics", ".vcf"), HTML: (".html", ".htm"), SVG: (".svg",),
    DOCX: (".docx",), XLSX: (".xlsx",), PPTX: (".pptx",), DOC: (".doc",), XLS: (".xls",), PPT: (".ppt",),
}  # fmt: skip


def names(types: frozenset[str]) -> str:
    """Return how people call `types`, in one line: "JPEG, PNG"."""
    return ", ".join(name for kind, name in NAMES.items() if kind in types)
