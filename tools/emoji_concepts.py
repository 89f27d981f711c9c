"""Which emoji become concepts of the embedded set, and in which class.

The rules read the entries of `emoji.json` in the emoji-datasource packages (code points,
names, Unicode category and subcategory). `build_emoji.py` applies them.
"""

from __future__ import annotations

from dataclasses import dataclass

# Class of a picture = Unicode subcategory, by the start of its name ...
CLASS_OF = {
    "animal-": "animal",
    "place-building": "building",
    "place-religious": "building",
    "clothing": "clothing",
    "face-": "face",
    "food-": "food",
    "drink": "food",
    "hand": "hand",
    "plant-": "plant",
    "transport-": "vehicle",
}
CLASSES = ("animal", "building", "clothing", "face", "food", "hand", "plant", "vehicle")

# ... except where the subcategory is broader than the class name. Short names as in emoji.json.
EXCLUDED = {
    "animal: a part, a trace or a product of an animal, not the animal": (
        "pig_nose feet feather wing shell coral spider_web microbe"
    ),
    "building: a material, a building site or a statue": (
        "building_construction bricks rock wood statue_of_liberty"
    ),
    "clothing: a stone, a cosmetic or a tool, nothing to put on": (
        "gem lipstick hair_pick prayer_beads folding_hand_fan shopping_bags"
    ),
    "face: a skull, or a whole figure": ("skull skull_and_crossbones hankey ghost space_invader"),
    "face: the outline style draws it pixel for pixel like the angry face": "rage",
    "food: an empty vessel, or plain ice": "baby_bottle ice_cube",
    "hand: an arm with a telephone; an insult": "selfie middle_finger",
    "plant: a fungus, a nest, a badge or a stamp": (
        "mushroom empty_nest nest_with_eggs rosette white_flower"
    ),
    "vehicle: a road, a stop, a signal, a part or equipment": (
        "station busstop motorway railway_track oil_drum fuelpump wheel rotating_light "
        "traffic_light vertical_traffic_light octagonal_sign construction anchor ring_buoy "
        "seat parachute roller_skate"
    ),
}
# Filed by Unicode under sports and events, and clearly of one of the classes.
ADDED = {
    "martial_arts_uniform": "clothing",
    "running_shirt_with_sash": "clothing",
    "bamboo": "plant",
    "christmas_tree": "plant",
    "tanabata_tree": "plant",
}
# The category "Symbols" also has a subcategory that starts with "transport-".
CATEGORIES = {
    "Animals & Nature",
    "Food & Drink",
    "Objects",
    "People & Body",
    "Smileys & Emotion",
    "Travel & Places",
}


@dataclass(frozen=True, order=True)
class Concept:
    """One thing that every style draws: class, code point (lower-case hex) and Unicode name."""

    label: str
    codepoint: str
    name: str
    image: str = ""  # file name in the emoji-datasource packages


def class_of(entry: dict) -> str | None:
    """Return the class of one entry of emoji.json, or None where it has none."""
    if entry["short_name"] in ADDED:
        return ADDED[entry["short_name"]]
    excluded = {name for names in EXCLUDED.values() for name in names.split()}
    if entry["category"] not in CATEGORIES or entry["short_name"] in excluded:
        return None
    matches = (c for start, c in CLASS_OF.items() if entry["subcategory"].startswith(start))
    return next(matches, None)


def list_concepts(catalog: list[dict]) -> list[Concept]:
    """Return the concepts of one code point (U+FE0F aside) that fall into a class, sorted.

    Skin tones and joined sequences ("black cat" = cat + square) have several code points and
    are left out: they are near-copies of a picture that is already there.
    """
    concepts = []
    for entry in catalog:
        codepoint = entry["unified"].lower().removesuffix("-fe0f")
        label = class_of(entry)
        if label and "-" not in codepoint:
            concepts.append(Concept(label, codepoint, entry["name"].lower(), entry["image"]))
    return sorted(concepts)
