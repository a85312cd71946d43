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
    """A generator, and the text that gives it away."""

    generator: Generator
    basis: Basis
    text: Text


def _compiled(*rules: tuple[Generator, str]) -> tuple[tuple[Generator, re.Pattern[str]], ...]:
    return tuple((generator, re.compile(pattern, re.IGNORECASE)) for generator, pattern in rules)


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

_SETTINGS = _compiled(
    (Generator.SWARMUI, r'"sui_image_params"\s*:'),
    (Generator.FOOOCUS, r"\bVersion: Fooocus v|\"Version\": \"Fooocus v"),
    (Generator.SD_WEBUI, r"\bSteps: \d{1,4}, [^\n]{0,300}?\b(?:Sampler|CFG scale|Seed): "),
    (Generator.COMFYUI, r'"class_type"\s*:\s*"'),
    (Generator.COMFYUI, r'"last_node_id"\s*:\s*\d'),
    (Generator.INVOKEAI, r'"app_version"\s*:\s*"(?:invoke-ai|\d)[^"]{0,40}"[^}]{0,400}"generation_mode"'),
    (Generator.NOVELAI, r'"(?:uc|signed_hash)"\s*:\s*"[^"]*"[^\n]{0,4000}"(?:sampler|n_samples)"'),
    (Generator.NOVELAI, r'"(?:sampler|n_samples)"[^\n]{0,4000}"(?:uc|signed_hash)"\s*:'),
    (Generator.MIDJOURNEY, r"\bJob ID: [0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"),
    (Generator.STABLE_DIFFUSION, r'"(?:negative_?prompt|cfg_?scale|guidance_?scale)"\s*:[^\n]{0,4000}"seed"\s*:\s*\d'),
    (Generator.STABLE_DIFFUSION, r'"seed"\s*:\s*\d[^\n]{0,4000}"(?:negative_?prompt|cfg_?scale|guidance_?scale)"\s*:'),
)

_NAMES: tuple[tuple[Generator, str], ...] = (
    (Generator.NOVELAI, r"NovelAI"),
    (Generator.COMFYUI, r"ComfyUI"),
    (Generator.INVOKEAI, r"Invoke ?AI"),
    (Generator.FOOOCUS, r"Fooocus"),
    (Generator.SWARMUI, r"(?:Stable)?SwarmUI"),
    (Generator.DRAW_THINGS, r"Draw Things"),
    (Generator.SD_WEBUI, r"AUTOMATIC1111|stable-diffusion-webui"),
    (Generator.STABLE_AUDIO, r"Stable Audio"),
    (Generator.STABLE_DIFFUSION, r"Stable ?Diffusion|DreamStudio|Stability AI"),
    (Generator.MIDJOURNEY, r"Midjourney"),
    (Generator.DALLE, r"DALL[·\-_ ]?E(?: ?[23])?"),
    (Generator.FIREFLY, r"Adobe Firefly|Firefly Image"),
    (Generator.GOOGLE_AI, r"Google AI|Google Gemini|Imagen \d"),
    (Generator.META_AI, r"Meta AI|Imagined with AI"),
    (Generator.MICROSOFT_DESIGNER, r"Microsoft Designer|Bing Image Creator"),
    (Generator.IDEOGRAM, r"Ideogram(?:\.ai)?"),
    (Generator.LEONARDO, r"Leonardo\.?AI"),
    (Generator.FLUX, r"FLUX\.[12]"),
    (Generator.SORA, r"(?:OpenAI )?Sora(?: ?[12])?"),
    (Generator.RUNWAY, r"Runway ?ML|Runway Gen-?\d|Runway"),
    (Generator.PIKA, r"Pika(?: Labs|\.art)?"),
    (Generator.LUMA, r"Luma (?:AI|Dream Machine)|Dream Machine"),
    (Generator.KLING, r"Kling ?AI|Kling"),
    (Generator.VEO, r"(?:Google )?Veo(?: ?\d)?"),
    (Generator.HEYGEN, r"HeyGen"),
    (Generator.SYNTHESIA, r"Synthesia"),
    (Generator.SUNO, r"Suno(?: ?AI| Studio)?"),
    (Generator.UDIO, r"Udio"),
    (Generator.ELEVENLABS, r"ElevenLabs|Eleven Labs"),
    (Generator.OPENAI, r"ChatGPT|gpt-image(?:-\d)?|OpenAI"),
)
_TOOLS = _compiled(*((g, rf"(?<![\w.])(?:{pattern})(?!\w)") for g, pattern in _NAMES))
_SAID = _compiled(
    *(
        (g, rf"\b(?:made|created|generated|imagined) (?:with|by|using|in) (?:the )?(?:{pattern})(?!\w)")
        for g, pattern in _NAMES
    )
)


def find_generator(texts: Iterable[Text]) -> Trace | None:
    """The most specific trace of a generator: its own field, its block of settings, its name as the tool."""
    listed = list(texts)
    for text in listed:
        if text.field is Field.SETTINGS and (known := _KEYS.get(text.name.casefold())):
            return Trace(known, Basis.PARAMETERS, text)
    for fields, rules, basis in (
        ({Field.SETTINGS, Field.PROSE}, _SETTINGS, Basis.PARAMETERS),
        ({Field.TOOL}, _TOOLS, Basis.TAG),
        ({Field.SETTINGS, Field.PROSE, Field.TOOL}, _SAID, Basis.TAG),
    ):
        found = _first(listed, fields, rules)
        if found is not None:
            return Trace(found[0], basis, found[1])
    return None


def _first(
    texts: list[Text], fields: set[Field], rules: tuple[tuple[Generator, re.Pattern[str]], ...]
) -> tuple[Generator, Text] | None:
    looked = [(t, t.value[:_MATCHED]) for t in texts if t.field in fields]
    for generator, pattern in rules:
        for text, value in looked:
            if pattern.search(value):
                return generator, text
    return None


_EDITORS = tuple(
    (software, re.compile(pattern, re.IGNORECASE))
    for software, pattern in (
        (Software.LIGHTROOM, r"Lightroom"),
        (Software.PREMIERE, r"Premiere"),
        (Software.AFTER_EFFECTS, r"After Effects"),
        (Software.PHOTOSHOP, r"Photoshop"),
        (Software.GIMP, r"\bGIMP\b"),
        (Software.AFFINITY, r"Affinity (?:Photo|Designer)|Serif Affinity"),
        (Software.SNAPSEED, r"Snapseed"),
        (Software.CANVA, r"\bCanva\b"),
        (Software.PICSART, r"PicsArt"),
        (Software.CAPCUT, r"CapCut"),
        (Software.PAINT_NET, r"paint\.net"),
        (Software.DARKTABLE, r"darktable"),
        (Software.CAPTURE_ONE, r"Capture One"),
        (Software.IMAGEMAGICK, r"ImageMagick"),
        (Software.HANDBRAKE, r"HandBrake"),
        (Software.DAVINCI, r"DaVinci"),
        (Software.FINAL_CUT, r"Final Cut"),
        (Software.AUDACITY, r"Audacity"),
        (Software.APPLE_PHOTOS, r"\bPhotos \d|Apple Photos"),
        (Software.GOOGLE_PHOTOS, r"Google Photos|^Google$|^Picasa"),
        (Software.LIBAV, r"\bLav[fc]\d|\bffmpeg\b"),
    )
)


def find_software(names: Iterable[str]) -> Software | None:
    """The editor or encoder that a field for the tool names, if it is one of the known."""
    for name in names:
        for software, pattern in _EDITORS:
            if pattern.search(name[:_MATCHED]):
                return software
    return None
