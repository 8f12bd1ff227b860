"""Words for features, kinds of fields, and what a store is needed for."""

from __future__ import annotations

from collections.abc import Mapping

from runtime.i18n import mark

FEATURES: Mapping[str, str] = {
    "coupons": mark("Coupons"),
    "sales_types": mark("Coupons with a benefit of money, percent or product"),
    "payment": mark("Payment"),
}
TYPES: Mapping[str, str] = {
    "text": mark("text"),
    "number": mark("number"),
    "date": mark("date"),
    "yes_no": mark("yes or no"),
}
STORE_USES: Mapping[str, str] = {
    "members": mark("verifiers and sellers who work there"),
    "pins": mark("staff PINs"),
    "coupons": mark("coupons that name it"),
    "tokens": mark("API tokens of its tills"),
    "redemptions": mark("redemptions made there: they stay in the records for good"),
}
VARIABLES: Mapping[str, str] = {
    "name": mark("the customer's name"),
    "member": mark("who answers"),
    "store": mark("the store"),
    "workspace": mark("the workspace"),
}
# Sentences of the actions that these pages show.
SENTENCES = (
    mark("Write a name first"),
    mark("That is too long: 120 characters at most"),
    mark("Choose a time zone from the list"),
    mark("Choose a language from the list"),
    mark("That is too long: 120 characters in a name, 300 in an address, 40 in a phone number"),
    mark("There is already a store of this name"),
    mark(
        "Write both coordinates, like 25.0330 and 121.5654: latitude from -90 to 90, longitude from -180 to 180"
    ),
    mark("That is too long: 60 characters at most"),
    mark("There is already a tag of this name: merge the two instead"),
    mark("Choose another tag to merge into"),
    mark("There is already one of this name"),
    mark("Choose a type: text, number, date or yes/no"),
    mark("There are 50 fields already: remove one first"),
    mark("A shortcut has 1 to 30 letters, digits, - or _, without spaces"),
    mark("This shortcut is in use already: choose another"),
    mark("Write the reply first"),
    mark("That is too long: 5,000 characters at most, and 80 in the title"),
    mark("There are 1,000 saved replies already: remove some first"),
    mark("This reply belongs to everybody: your role may change only your own"),
    mark("This store is in use"),
    mark("This is not the account's name: nothing was removed"),
)
