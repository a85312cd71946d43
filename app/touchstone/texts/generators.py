"""What programs that generate media are called. Proper names: the same in every language."""

from __future__ import annotations

from touchstone.filefacts import Generator

_NAMES = {
    Generator.SD_WEBUI: "Stable Diffusion web UI",
    Generator.COMFYUI: "ComfyUI",
    Generator.INVOKEAI: "InvokeAI",
    Generator.NOVELAI: "NovelAI",
    Generator.FOOOCUS: "Fooocus",
    Generator.SWARMUI: "SwarmUI",
    Generator.EASY_DIFFUSION: "Easy Diffusion",
    Generator.DRAW_THINGS: "Draw Things",
    Generator.STABLE_DIFFUSION: "Stable Diffusion",
    Generator.MIDJOURNEY: "Midjourney",
    Generator.DALLE: "DALL·E",
    Generator.OPENAI: "OpenAI",
    Generator.FIREFLY: "Adobe Firefly",
    Generator.GOOGLE_AI: "Google AI",
    Generator.META_AI: "Meta AI",
    Generator.MICROSOFT_DESIGNER: "Microsoft Designer",
    Generator.IDEOGRAM: "Ideogram",
    Generator.LEONARDO: "Leonardo.Ai",
    Generator.FLUX: "FLUX",
    Generator.SORA: "Sora",
    Generator.RUNWAY: "Runway",
    Generator.PIKA: "Pika",
    Generator.LUMA: "Luma",
    Generator.KLING: "Kling",
    Generator.VEO: "Veo",
    Generator.HEYGEN: "HeyGen",
    Generator.SYNTHESIA: "Synthesia",
    Generator.SUNO: "Suno",
    Generator.UDIO: "Udio",
    Generator.ELEVENLABS: "ElevenLabs",
    Generator.STABLE_AUDIO: "Stable Audio",
}


def name(code: object) -> str:
    """The name of a generator by its code (`touchstone.filefacts.Generator`); empty for one without a name."""
    return _NAMES.get(Generator(code), "") if isinstance(code, str) and code in set(Generator) else ""
