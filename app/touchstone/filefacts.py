"""The closed vocabulary of the file-facts witness: what a pixels worker may say and the desk will believe.

Standard library only: both sides read it.
"""

from __future__ import annotations

from enum import StrEnum


class Generator(StrEnum):
    """Who or what is known to have written a trace of generation into a file."""

    SD_WEBUI = "stable-diffusion-webui"
    COMFYUI = "comfyui"
    INVOKEAI = "invokeai"
    NOVELAI = "novelai"
    FOOOCUS = "fooocus"
    SWARMUI = "swarmui"
    EASY_DIFFUSION = "easy-diffusion"
    DRAW_THINGS = "draw-things"
    STABLE_DIFFUSION = "stable-diffusion"
    MIDJOURNEY = "midjourney"
    DALLE = "dall-e"
    OPENAI = "openai"
    FIREFLY = "firefly"
    GOOGLE_AI = "google-ai"
    META_AI = "meta-ai"
    MICROSOFT_DESIGNER = "microsoft-designer"
    IDEOGRAM = "ideogram"
    LEONARDO = "leonardo"
    FLUX = "flux"
    SORA = "sora"
    RUNWAY = "runway"
    PIKA = "pika"
    LUMA = "luma"
    KLING = "kling"
    VEO = "veo"
    HEYGEN = "heygen"
    SYNTHESIA = "synthesia"
    SUNO = "suno"
    UDIO = "udio"
    ELEVENLABS = "elevenlabs"
    STABLE_AUDIO = "stable-audio"


class Software(StrEnum):
    """Editors and encoders that sign their work; none of them says how the content came to be."""

    PHOTOSHOP = "photoshop"
    LIGHTROOM = "lightroom"
    PREMIERE = "premiere"
    AFTER_EFFECTS = "after-effects"
    GIMP = "gimp"
    AFFINITY = "affinity"
    SNAPSEED = "snapseed"
    CANVA = "canva"
    PICSART = "picsart"
    CAPCUT = "capcut"
    PAINT_NET = "paint-net"
    DARKTABLE = "darktable"
    CAPTURE_ONE = "capture-one"
    IMAGEMAGICK = "imagemagick"
    LIBAV = "libav"
    HANDBRAKE = "handbrake"
    DAVINCI = "davinci"
    FINAL_CUT = "final-cut"
    AUDACITY = "audacity"
    APPLE_PHOTOS = "apple-photos"
    GOOGLE_PHOTOS = "google-photos"


class SourceType(StrEnum):
    """IPTC Digital Source Type NewsCodes (http://cv.iptc.org/newscodes/digitalsourcetype/), and two of C2PA."""

    DIGITAL_CAPTURE = "digitalCapture"
    COMPUTATIONAL_CAPTURE = "computationalCapture"
    NEGATIVE_FILM = "negativeFilm"
    POSITIVE_FILM = "positiveFilm"
    PRINT = "print"
    MINOR_HUMAN_EDITS = "minorHumanEdits"
    HUMAN_EDITS = "humanEdits"
    ALGORITHMICALLY_ENHANCED = "algorithmicallyEnhanced"
    SOFTWARE_IMAGE = "softwareImage"
    DIGITAL_ART = "digitalArt"
    DIGITAL_CREATION = "digitalCreation"
    DATA_DRIVEN_MEDIA = "dataDrivenMedia"
    ALGORITHMIC_MEDIA = "algorithmicMedia"
    SCREEN_CAPTURE = "screenCapture"
    VIRTUAL_RECORDING = "virtualRecording"
    COMPOSITE = "composite"
    COMPOSITE_CAPTURE = "compositeCapture"
    COMPOSITE_SYNTHETIC = "compositeSynthetic"
    TRAINED_ALGORITHMIC_MEDIA = "trainedAlgorithmicMedia"
    COMPOSITE_WITH_TRAINED = "compositeWithTrainedAlgorithmicMedia"
    TRAINED_ALGORITHMIC_DATA = "trainedAlgorithmicData"
    EMPTY = "empty"


AI_SOURCE_TYPES = frozenset(
    {
        SourceType.TRAINED_ALGORITHMIC_MEDIA,
        SourceType.COMPOSITE_WITH_TRAINED,
        SourceType.COMPOSITE_SYNTHETIC,
        SourceType.TRAINED_ALGORITHMIC_DATA,
    }
)


class DeclaresAi(StrEnum):
    """Whether the file itself says that a model made it. `NO` needs a source type that says otherwise."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Basis(StrEnum):
    """What a declaration rests on."""

    SOURCE_TYPE = "source-type"  # IPTC Digital Source Type in XMP
    PARAMETERS = "parameters"  # the block of settings that an image generator writes
    TAG = "tag"  # a generator named in a field for the tool


class Thumbnail(StrEnum):
    """The picture that a camera stored inside its picture."""

    NONE = "none"
    MATCHES = "matches"
    DIFFERS = "differs"
    UNREADABLE = "unreadable"


class Tables(StrEnum):
    """JPEG quantisation tables against those of the Independent JPEG Group (ITU-T T.81, annex K, scaled)."""

    STANDARD = "standard"  # exactly those, at some quality
    VARIANT = "variant"  # near them, rounded another way
    CUSTOM = "custom"  # tables of their own, as cameras and some editors use


class Note(StrEnum):
    """Things worth saying about a file, or about how far it could be read."""

    TRUNCATED = "truncated"  # it ends early or is damaged within; what there is was read
    UNDECODABLE = "undecodable"  # its headers could be read, its content not
    ANIMATED = "animated"  # only the first frame was looked at
    PAGES = "pages"  # only the first page was looked at
    PREVIEW = "preview"  # a raw file, of which only the preview inside it was looked at
    FRAMES_CAPPED = "frames-capped"  # more frames than were counted
    SAMPLED_IN_PART = "sampled-in-part"  # time ran out before all of the frames were sampled
    FRAMES_TOO_FAR = "frames-too-far"  # a clip of more than 4 GiB, whose frames are not sampled
    NO_FRAMES = "no-frames"  # a clip of which no frame could be decoded
    METADATA_UNREADABLE = "metadata-unreadable"
    METADATA_REFUSED = "metadata-refused"  # XML with entities or a document type: nothing honest needs those
    METADATA_CAPPED = "metadata-capped"  # more of it than is read
    C2PA_BYTES = "c2pa-bytes"  # bytes of content credentials are in there
    NAME_DIFFERS = "name-differs"  # the ending of its name belongs to another kind of file; the desk says so


# Bounds that both sides keep.
MAX_TEXT = 300
MAX_TEXTS = 12
MAX_KEY = 40
MAX_FRAMES = 16
MAX_COUNTED_FRAMES = 2000
THUMBNAIL, THUMBNAIL_SMALL, THUMBNAIL_MANIFEST = 640, 96, 320  # longest side, pixels
# Of the arrays that detectors look at (`touchstone.detect.prepare` says what each is)
VIEW_SHORT, VIEW_LONG = 288, 640
DETAIL_SIDE, DETAIL_PIXELS = 1280, 1 << 20
CROP, CROPS = 192, 9
FRAME_SHORT, FRAME_LONG = 480, 1280

# Single values that a file may be quoted with
QUOTED = frozenset(
    {
        "artist", "audio_codec", "container", "encoded", "lens", "location", "make", "model", "software", "source_type",
        "taken", "trace", "video_codec",
    }
)  # fmt: skip
