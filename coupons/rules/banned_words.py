"""Words no customer should read in a code: a short list in several languages, in Latin letters."""

from __future__ import annotations

# Coarse words only; long lists refuse half of all names without making anybody happier.
WORDS = (
    *(
        "ANUS",
        "ARSE",
        "ASS",
        "BITCH",
        "CLIT",
        "COCK",
        "CUM",
        "CUNT",
        "DICK",
        "DYKE",
        "FAG",
        "FUCK",
        "FUK",
    ),
    *(
        "HITLER",
        "JIZZ",
        "KKK",
        "NAZI",
        "NIGG",
        "PENIS",
        "PISS",
        "PORN",
        "PUSSY",
        "RAPE",
        "SEX",
        "SHIT",
    ),
    *("SLUT", "TIT", "TWAT", "WANK", "WHORE"),
    *("ARSCH", "FICK", "FOTZE", "HURE", "NUTTE", "SCHEISS"),
    *("BITE", "CONNARD", "MERDE", "PUTAIN", "SALOPE"),
    *("CABRON", "COJON", "MIERDA", "POLLA", "PUTA", "CAZZO", "STRONZO"),
    *("BAKA", "CHINKO", "CHIKAN", "KUSO", "MANKO", "UNKO"),
    *("CAONI", "JIBA", "SHABI", "TAMADE", "BIAOZI"),
    *("HIA", "KUAY", "SATW"),
)
LOOKS_LIKE = str.maketrans("0134578", "OIEASTB")
# A code is read once, two letters at a time: ten thousand codes are made in one step.
BY_START: dict[str, tuple[str, ...]] = {
    word[:2]: tuple(w for w in WORDS if w[:2] == word[:2]) for word in WORDS
}


def offends(code: str) -> bool:
    """Say whether one of the words stands in `code`, digits read as the letters they look like."""
    if code.isdigit():
        return False
    read = code.upper().translate(LOOKS_LIKE)
    for place in range(len(read) - 2):
        words = BY_START.get(read[place : place + 2])
        if words is not None and any(read.startswith(word, place) for word in words):
            return True
    return False
