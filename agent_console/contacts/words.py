"""Sentences of the actions that the panel shows."""

from __future__ import annotations

from runtime.i18n import mark

SENTENCES = (
    mark("That is too long: 200 characters at most"),
    mark("Write a phone number with its digits alone, like +886 912 345 678 or 0912-345-678"),
    mark("Write an e-mail address like mei@example.com"),
    mark("Choose one of the languages of the list"),
    mark("That is too long: 1000 characters at most"),
    mark("Write a number like 12 or 3.5"),
    mark("Write a date like 2026-05-31"),
    mark("Choose yes or no"),
    mark("Write a name first"),
    mark("That is too long: 60 characters at most"),
    mark("There is no such field"),
    mark("Choose another customer to merge with"),
    mark("One of the two is blocked: block both, or unblock, before you merge them"),
    mark("The data of one of the two is erased or being erased"),
    mark("These two were separated already"),
    mark("First separate the customer this one was merged into"),
    mark("A customer wears 50 tags at most: take one off first"),
)
