"""What comes in a request, read with limits: raw bytes of one image, or base64 of several in JSON."""

import base64
import binascii
import json

from fastapi import HTTPException, Request
from starlette.requests import ClientDisconnect

JSON = "application/json"
DISCARDED = 10
"""So many times the limit is read on and thrown away: most clients hear no answer before they have sent all."""

HOW = 'send the bytes of an image as the body, or JSON {"images": ["base64", ...]}'


async def read_body(request: Request, max_mb: float) -> bytes:
    """The body. Raises HTTPException 413 where it is larger than `max_mb`; what is too much is never kept."""
    limit = int(max_mb * 1e6)
    announced = request.headers.get("content-length", "0")
    size, parts = 0, list[bytes]()
    if announced.isdigit() and int(announced) > DISCARDED * limit:
        raise _too_large(max_mb)
    try:
        async for part in request.stream():
            size += len(part)
            if size <= limit:
                parts.append(part)
            elif size > DISCARDED * limit:
                break
    except ClientDisconnect:
        raise HTTPException(400, "the client hung up") from None
    if size > limit:
        raise _too_large(max_mb)
    return b"".join(parts)


async def read_images(request: Request, *, max_mb: float, max_images: int) -> list[bytes]:
    """The bytes of each image. Raises HTTPException, a 4xx with a sentence, for anything else."""
    body = await read_body(request, max_mb)
    if not _is_json(request):
        return [_not_empty(body)]
    images = _listed(body)
    if len(images) > max_images:
        raise HTTPException(413, f"{len(images)} images; at most {max_images} in one request")
    return [_decoded(text, position) for position, text in enumerate(images)]


async def read_image(request: Request, *, max_mb: float) -> bytes:
    """The bytes of the one image. Raises HTTPException, see `read_images`."""
    (image,) = await read_images(request, max_mb=max_mb, max_images=1)
    return image


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind.startswith("multipart/"):
        raise HTTPException(415, f"a form ({kind}); {HOW}")
    return kind == JSON


def _not_empty(body: bytes) -> bytes:
    if not body:
        raise HTTPException(400, f"an empty request; {HOW}")
    return body


def _listed(body: bytes) -> list[str]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise HTTPException(400, f"not JSON; {HOW}") from None
    images = content.get("images") if isinstance(content, dict) else None
    if not isinstance(images, list) or not images or not all(isinstance(image, str) for image in images):
        raise HTTPException(400, f"no images; {HOW}")
    return images


def _decoded(text: str, position: int) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise HTTPException(400, f"image {position}: not base64") from None


def _too_large(max_mb: float) -> HTTPException:
    return HTTPException(413, f"larger than {max_mb:g} MB, the most that this server takes (max_mb)")
