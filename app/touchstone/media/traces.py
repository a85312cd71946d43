"""Who wrote it: the traces that generators, editors and encoders are known to leave in metadata.

A rule must be something that only a generator writes: its block of settings, or its name in a field for the tool. A
word in a title or a description proves nothing unless it says "made with".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from touchstone.filefacts import Basis, Generator, Software

_MATCHED = 1 << 16  # characters of a field that are looked at


class Field(Enum):
    """What a piece of text is for."""

    SETTINGS = auto()  # free text in which generators keep their settings
    TOOL = auto()  # names the program or device that wrote the file
    PROSE = auto()  # title, description, comment


@dataclass(frozen=True, slots=True)
class Text:
    """One piece of text of a file: what it is for, its name there, its value."""

    field: Field
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Trace:
    """A generator, what its mark is, and the text that gives it away."""

    generator: Generator
    basis: Basis
    text: Text


# Names of fields that only one program writes.
_KEYS: Mapping[str, Generator] = {
    "invokeai_metadata": Generator.INVOKEAI,
    "invokeai_graph": Generator.INVOKEAI,
    "invokeai_workflow": Generator.INVOKEAI,
    "sd-metadata": Generator.INVOKEAI,
    "dream": Generator.INVOKEAI,
    "fooocus_scheme": Generator.FOOOCUS,
    "use_stable_diffusion_model": Generator.EASY_DIFFUSION,
}

# Blocks of settings: what must be in the text (in lower case), then the pattern. Compiling all of them would cost
# every start more than most files need, and few texts get past the first part.
_SETTINGS: tuple[tuple[Generator, str, str], ...] = (
    (Generator.SWARMUI, '"sui_image_params"', r'"sui_image_params"\s*:'),
    (Generator.FOOOCUS, "fooocus v", r"\bVersion\"?: \"?Fooocus v"),
    (Generator.SD_WEBUI, "steps: ", r"\bSteps: \d{1,4}, [^\n]{0,300}?\b(?:Sampler|CFG scale|Seed): "),
    (Generator.COMFYUI, '"class_type"', r'"class_type"\s*:\s*"'),
    (Generator.COMFYUI, '"last_node_id"', r'"last_node_id"\s*:\s*\d'),
    (Generator.INVOKEAI, '"generation_mode"', r'"app_version"\s*:\s*"[^"]{1,40}"[^}]{0,400}"generation_mode"'),
    (Generator.NOVELAI, '"uc"', r'"uc"\s*:\s*"[^"]*"[^\n]{0,4000}"(?:sampler|n_samples)"'),
    (Generator.NOVELAI, '"uc"', r'"(?:sampler|n_samples)"[^\n]{0,4000}"uc"\s*:'),
    (Generator.MIDJOURNEY, "job id: ", r"\bJob ID: [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"),
    (Generator.STABLE_DIFFUSION, '"seed"', r'"(?:negative_?prompt|cfg_?scale|guidance_?scale)"\s*:'),
)

# Names as they stand in a field for the tool, in lower case, with nothing of a word before or after them.
_NAMES: tuple[tuple[Generator, tuple[str, ...]], ...] = (
    (Generator.NOVELAI, ("novelai",)),
    (Generator.COMFYUI, ("comfyui",)),
    (Generator.INVOKEAI, ("invokeai", "invoke ai")),
    (Generator.FOOOCUS, ("fooocus",)),
    (Generator.SWARMUI, ("swarmui", "stableswarmui")),
    (Generator.DRAW_THINGS, ("draw things",)),
    (Generator.SD_WEBUI, ("automatic1111", "stable-diffusion-webui")),
    (Generator.STABLE_AUDIO, ("stable audio",)),
    (Generator.STABLE_DIFFUSION, ("stable diffusion", "stablediffusion", "dreamstudio", "stability ai")),
    (Generator.MIDJOURNEY, ("midjourney",)),
    (Generator.DALLE, ("dall-e", "dall·e", "dall e", "dalle", "dall-e2", "dall-e3")),
    (Generator.FIREFLY, ("adobe firefly", "firefly image")),
    (Generator.GOOGLE_AI, ("google ai", "google gemini", "imagen 2", "imagen 3", "imagen 4")),
    (Generator.META_AI, ("meta ai", "imagined with ai")),
    (Generator.MICROSOFT_DESIGNER, ("microsoft designer", "bing image creator")),
    (Generator.IDEOGRAM, ("ideogram", "ideogram.ai")),
    (Generator.LEONARDO, ("leonardo ai", "leonardo.ai")),
    (Generator.FLUX, ("flux.1", "flux.2")),
    (Generator.SORA, ("sora",)),
    (Generator.RUNWAY, ("runway", "runwayml")),
    (Generator.PIKA, ("pika", "pika labs", "pika.art")),
    (Generator.LUMA, ("luma ai", "dream machine")),
    (Generator.KLING, ("kling", "klingai")),
    (Generator.VEO, ("veo", "veo2", "veo3")),
    (Generator.HEYGEN, ("heygen",)),
    (Generator.SYNTHESIA, ("synthesia",)),
    (Generator.SUNO, ("suno",)),
    (Generator.UDIO, ("udio",)),
    (Generator.ELEVENLABS, ("elevenlabs", "eleven labs")),
    (Generator.OPENAI, ("chatgpt", "gpt-image", "openai")),
)
_MADE_WITH = r"\b(?:made|created|generated|edited|imagined) (?:with|by|using|in) (?:the )?"


def find_generator(texts: Iterable[Text]) -> Trace | None:
    """The most specific trace of a generator: its own field, its block of settings, its name as the tool."""
    listed = [Text(t.field, t.name, t.value[:_MATCHED]) for t in texts]
    for look in (_by_key, _by_settings, _by_tool, _by_word):
        found = look(listed)
        if found is not None:
            return found
    return None


def _by_key(texts: list[Text]) -> Trace | None:
    for text in texts:
        if text.field is Field.SETTINGS and (known := _KEYS.get(text.name.casefold())):
            return Trace(known, Basis.PARAMETERS, text)
    return None


def _by_settings(texts: list[Text]) -> Trace | None:
    lowered = [(text, text.value.lower()) for text in texts if text.field is not Field.TOOL]
    for generator, needle, pattern in _SETTINGS:
        for text, lower in lowered:
            if needle in lower and re.search(pattern, text.value, re.IGNORECASE):
                return Trace(generator, Basis.PARAMETERS, text)
    return None


def _by_tool(texts: list[Text]) -> Trace | None:
    lowered = [(text, text.value.lower()) for text in texts if text.field is Field.TOOL]
    for generator, names in _NAMES:
        for text, lower in lowered:
            if any(_stands(name, lower) for name in names):
                return Trace(generator, Basis.TAG, text)
    return None


def _by_word(texts: list[Text]) -> Trace | None:
    """A name that "made with" or the like stands before, in whatever field."""
    for text in texts:
        lower = text.value.lower()
        for said in re.finditer(_MADE_WITH, lower):
            for generator, names in _NAMES:
                if any(lower.startswith(name, said.end()) and _ends(name, lower, said.end()) for name in names):
                    return Trace(generator, Basis.TAG, text)
    return None


def _stands(name: str, lower: str) -> bool:
    """Whether a name stands in a text, not as part of a longer word. `*` at its end allows anything to follow."""
    bare = name.rstrip("*")
    at = lower.find(bare)
    while at >= 0:
        before = lower[at - 1] if at else " "
        if not (before.isalnum() or before in "_.") and (bare != name or _ends(bare, lower, at)):
            return True
        at = lower.find(bare, at + 1)
    return False


def _ends(name: str, lower: str, at: int) -> bool:
    after = lower[at + len(name) : at + len(name) + 1]
    return not (after.isalnum() or after == "_")


_EDITORS: tuple[tuple[Software, tuple[str, ...]], ...] = (
    (Software.LIGHTROOM, ("lightroom",)),
    (Software.PREMIERE, ("premiere",)),
    (Software.AFTER_EFFECTS, ("after effects",)),
    (Software.PHOTOSHOP, ("photoshop",)),
    (Software.GIMP, ("gimp",)),
    (Software.AFFINITY, ("affinity photo", "affinity designer", "serif affinity")),
    (Software.SNAPSEED, ("snapseed",)),
    (Software.CANVA, ("canva",)),
    (Software.PICSART, ("picsart",)),
    (Software.CAPCUT, ("capcut",)),
    (Software.PAINT_NET, ("paint.net",)),
    (Software.DARKTABLE, ("darktable",)),
    (Software.CAPTURE_ONE, ("capture one",)),
    (Software.IMAGEMAGICK, ("imagemagick",)),
    (Software.HANDBRAKE, ("handbrake",)),
    (Software.DAVINCI, ("davinci",)),
    (Software.FINAL_CUT, ("final cut",)),
    (Software.AUDACITY, ("audacity",)),
    (Software.APPLE_PHOTOS, ("apple photos",)),
    (Software.GOOGLE_PHOTOS, ("google photos", "picasa")),
    (Software.LIBAV, ("lavf*", "lavc*", "ffmpeg")),
)


def find_software(names: Iterable[str]) -> Software | None:
    """The editor or encoder that a field for the tool names, if it is one of the known."""
    lowered = [name[:_MATCHED].lower() for name in names]
    for software, known in _EDITORS:
        if any(_stands(name, lower) for lower in lowered for name in known):
            return software
    return None
