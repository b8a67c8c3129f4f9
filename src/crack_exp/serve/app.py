"""The addresses of the server, and what each answers."""

import asyncio
import base64
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.trustedhost import TrustedHostMiddleware

from crack_exp.config import ServeConfig
from crack_exp.data.decoding import UnreadableImage, decode
from crack_exp.deployed.model import DeployedModel
from crack_exp.deployed.reading import ReadImage, read_bytes
from crack_exp.deployed.tiling import survey_photo, tile_side
from crack_exp.evaluation.crack_map import CrackMap, map_figures
from crack_exp.model.card import ModelCard
from crack_exp.report.numbers import threshold_text
from crack_exp.report.painted import banner_of_model
from crack_exp.report.survey.pictures import write_map
from crack_exp.serve.address import LOOPBACK_HOSTS, is_loopback
from crack_exp.serve.answers import Answer, Health, SurveyAnswer, survey_answer, verdict_answer
from crack_exp.serve.batching import Batcher
from crack_exp.serve.requests import read_image, read_images
from crack_exp.system.errors import UserError
from crack_exp.system.machine import package_version
from crack_exp.system.printed import as_markdown

PAGE = Path(__file__).with_name("page")
CONTENT_POLICY = "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'"
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "image/*": {"schema": {"type": "string", "format": "binary"}},
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {"images": {"type": "array", "items": {"type": "string", "format": "byte"}}},
                    "required": ["images"],
                }
            },
        },
    }
}
"""For the description of the API; the body itself is read with limits."""

TilePx = Annotated[int | None, Query(ge=16)]
Overlap = Annotated[float, Query(ge=0, lt=0.95)]
MmPerPx = Annotated[float | None, Query(gt=0)]
MinTiles = Annotated[int, Query(ge=1)]


def make_app(model: DeployedModel, batcher: Batcher, config: ServeConfig) -> FastAPI:
    """The application; nothing of a request is written to disk."""
    app = FastAPI(title="crack_exp", version=package_version("crack-exp"), description=_description(model))
    if is_loopback(config.host):
        # Else a page on the internet could reach the server by a name that it lets point to this machine.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=LOOPBACK_HOSTS)
    app.exception_handler(RequestValidationError)(_as_sentence)
    _add_predict(app, model, batcher, config)
    _add_survey(app, model, config)
    _add_facts(app, model)
    app.mount("/", _Page(directory=PAGE, html=True))
    return app


def _add_predict(app: FastAPI, model: DeployedModel, batcher: Batcher, config: ServeConfig) -> None:
    @app.post("/predict", openapi_extra=BODY)
    async def predict(request: Request) -> Answer:
        """A verdict for each image: the bytes of one as the body, or base64 of several in JSON."""
        contents = await read_images(request, max_mb=config.max_mb, max_images=config.max_images)
        images = await run_in_threadpool(read_all, contents, model.card, config.max_megapixels)
        jobs = [asyncio.wrap_future(batcher.submit(image.pixels)) for image in images if image.pixels is not None]
        found = await asyncio.gather(*jobs)
        verdicts = [model.verdict(image, one) for image, one in zip(images, found, strict=True)]
        return Answer(threshold=model.card.threshold, verdicts=[verdict_answer(verdict) for verdict in verdicts])


def _add_survey(app: FastAPI, model: DeployedModel, config: ServeConfig) -> None:
    places = asyncio.Semaphore(config.surveys_at_once)

    @app.post("/survey", openapi_extra=BODY)
    async def survey(
        request: Request,
        tile_px: TilePx = None,
        overlap: Overlap = config.overlap,
        mm_per_px: MmPerPx = None,
        min_tiles: MinTiles = config.min_tiles,
    ) -> SurveyAnswer:
        """The crack map of one photo, and its figures; the settings are those of crack_exp.survey."""
        content = await read_image(request, max_mb=config.max_mb)
        side = _tile_side(model, tile_px, mm_per_px)
        async with places:
            found, picture, note = await run_in_threadpool(_survey, model, content, side, overlap, config)
        figures = map_figures(found, model.card.threshold, min_tiles)
        map_jpeg = base64.b64encode(picture).decode()
        return survey_answer(found, figures, model.card.threshold, mm_per_px, map_jpeg, note)


def _add_facts(app: FastAPI, model: DeployedModel) -> None:
    @app.get("/health")
    async def health() -> Health:
        """Whether the server answers, and with which model."""
        card = model.card
        version = package_version("crack-exp")
        return Health(status="ok", version=version, run_id=card.run_id, weights_sha256=card.weights_sha256)

    @app.get("/card")
    async def card() -> dict[str, Any]:
        """The card of the model: classes, threshold, figures with intervals."""
        return model.card.as_values()

    @app.get("/banner")
    async def banner() -> str:
        """What nobody may overlook who reads answers of this model; "" for nothing."""
        return banner_of_model(model.card)


async def _as_sentence(request: Request, error: Exception) -> Response:
    """The first wrong setting of a request, in the form of all other errors."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    return JSONResponse({"detail": f"{first['loc'][-1]}={first['input']}: {first['msg'].lower()}"}, 422)


class _Page(StaticFiles):
    """The files of the page, which may load nothing from elsewhere."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Content-Security-Policy"] = CONTENT_POLICY
        return response


def read_all(contents: Sequence[bytes], card: ModelCard, max_megapixels: float) -> list[ReadImage]:
    """Raises HTTPException 422 for the first that is no whole image."""
    images = []
    for position, content in enumerate(contents):
        try:
            images.append(read_bytes(content, f"image {position}", card, max_megapixels))
        except UnreadableImage as error:
            raise HTTPException(422, f"image {position}: {error}") from error
    return images


def _tile_side(model: DeployedModel, tile_px: int | None, mm_per_px: float | None) -> int:
    """Raises HTTPException 422 where the photo is too coarse for the model."""
    try:
        return tile_side(model.card, tile_px, mm_per_px)
    except UserError as error:
        raise HTTPException(422, str(error)) from error


def _survey(
    model: DeployedModel, content: bytes, tile_px: int, overlap: float, config: ServeConfig
) -> tuple[CrackMap, bytes, str]:
    """The crack map, its picture as JPEG, and how reading changed the photo.

    Raises HTTPException 422 where the photo cannot be surveyed.
    """
    try:
        decoded = decode(content, None, config.max_megapixels, model.card.white_level)
        found = survey_photo(model, decoded.rgb, tile_px=tile_px, overlap=overlap, max_tiles=config.max_tiles)
    except UnreadableImage as error:
        raise HTTPException(422, str(error)) from error
    picture = io.BytesIO()
    write_map(decoded.rgb, found, model.card.threshold, picture)
    return found, picture.getvalue(), ", ".join(decoded.notes)


def _description(model: DeployedModel) -> str:
    card = model.card
    return as_markdown(
        f"Classes: {', '.join(card.class_names)}. Threshold {threshold_text(card.threshold)}: {card.threshold_rule}."
    )
