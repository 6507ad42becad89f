"""Images of a document: a row a document, aligned with the documents' table, a list of images."""

import pyarrow as pa

from schemas.columns import column

_C2PA = "C2PA Technical Specification"

IMAGE = pa.schema(
    [
        column("image_id", pa.string(), "hash of the link"),
        column("url", pa.string(), "the link that was asked for"),
        column("bytes", pa.large_binary(), "the resized image as it will be released"),
        column("format", pa.string(), "format of `bytes`: jpeg, png, webp or avif"),
        column("width", pa.int32(), "width of `bytes`", "px"),
        column("height", pa.int32(), "height of `bytes`", "px"),
        column("original_format", pa.string(), "format that was sent"),
        column("original_width", pa.int32(), "width that was sent, after EXIF orientation", "px"),
        column("original_height", pa.int32(), "height that was sent, after orientation", "px"),
        column("original_bytes", pa.int64(), "length that was sent", "bytes"),
        column("sha256", pa.string(), "digest of the bytes that were sent"),
        column("original", pa.large_binary(), "the bytes that were sent, where a run keeps them"),
        column(
            "exif_orientation",
            pa.int8(),
            "EXIF's word for how the camera was held; 1 upright",
            "code",
        ),
        column("exif", pa.bool_(), "did the file that was sent carry EXIF?"),
        column("iptc", pa.bool_(), "did it carry IPTC? asked of jpeg only"),
        column(
            "digital_source_type",
            pa.string(),
            "digital source type that the file states",
            source="IPTC Photo Metadata Standard, Digital Source Type",
        ),
        column(
            "made_by",
            pa.string(),
            "image generator that the file names, in its metadata",
            source="filters/pictures/image_markers.py",
        ),
        column(
            "c2pa",
            pa.bool_(),
            "true where the file holds a C2PA manifest (not verified)",
            source=_C2PA,
        ),
        column(
            "claim_generator",
            pa.string(),
            "program that signed the C2PA claim",
            source=_C2PA,
        ),
        column(
            "data_mining",
            pa.string(),
            "what the file says of mining it: PLUS' code, or a use of C2PA's and its permission",
            source="PLUS License Data Format, Data Mining; C2PA c2pa.training-mining",
        ),
        column("faces", pa.int32(), "faces found, and blurred; null where not looked for", "count"),
        column("plates", pa.int32(), "licence plates, as faces", "count"),
        column("http_status", pa.int16(), "last HTTP status", "code"),
        column("dropped", pa.string(), "why there is no picture; null where there is one"),
    ]
)

IMAGES = pa.schema(
    [
        column("doc_id", pa.string(), "the document whose images these are"),
        column("images", pa.list_(pa.struct(list(IMAGE))), "one for each distinct image link"),
    ]
)

# The closed vocabulary of IMAGE.dropped: why an image link gave no picture.
DROPPED = (
    "repeated_link",      # used by too many pages of the crawl: a logo, a button, an advert
    "taken_down",         # on the store's list of takedowns
    "blocked",            # on a list of the user's
    "robots_txt",         # robots.txt forbids it to us
    "robots_unreachable", # robots.txt was asked for and answered by no word that can be obeyed
    "ai_txt",             # ai.txt forbids it
    "tdm_reserved",       # rights to text and data mining reserved (TDMRep)
    "content_usage",      # Content-Usage: train-ai=n (AIPREF), where it is honoured
    "noai",               # X-Robots-Tag of the image; so the next four, or of its page
    "noml",
    "noindex",
    "noimageai",
    "noimageindex",
    "mining_prohibited",  # the file says so itself: plus:DataMining, or an assertion of C2PA
    "bad_url",            # not http(s), no host, a port that browsers refuse, unparsable
    "private_address",    # a literal or a resolved address outside the public internet
    "dns",                # the name does not resolve
    "connect",            # refused, unreachable, reset before an answer
    "tls",                # certificate or handshake failed
    "timeout",            # the answer did not come, or did not end, in time
    "http_3xx",           # too many redirects, or one without an address
    "http_4xx",
    "http_429",
    "http_5xx",
    "protocol",           # an answer that is not HTTP
    "truncated",          # the body ended early
    "deadline",           # the part's time was over before its turn came, or its end
    "part_bytes",         # the part had its share of bytes before its turn came, or its end
    "hash_listed",        # its bytes are on a list of the user's; they were not kept
    "too_large",          # more bytes than the cap
    "not_image",          # bytes of no accepted image format
    "too_many_pixels",    # pixel cap, checked before decoding
    "decode_failed",
    "unwritable",         # wider or higher than the format that the run asks for can be
)  # fmt: skip
