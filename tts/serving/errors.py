"""Errors in the format of OpenAI's API: ``{"error": {"message", "type", "param", "code"}}``."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from tts.core.errors import AttuneError
from tts.serving.scheduler import Busy, TaskError

TYPES = {401: "authentication_error", 404: "not_found_error", 429: "rate_limit_error"}


class APIError(AttuneError):
    """An error response.

    Args:
        status: HTTP status.
        code: short machine-readable word.
        message: sentence that says what to do.
        param: name of the wrong field of the request.
    """

    def __init__(self, status: int, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.param = status, code, message, param

    def response(self, headers: dict[str, str] | None = None) -> JSONResponse:
        """The HTTP response."""
        kind = TYPES.get(self.status, "invalid_request_error" if self.status < 500 else "server_error")
        body = {"message": self.message, "type": kind, "param": self.param, "code": self.code}
        return JSONResponse({"error": body}, self.status, headers)


def add_error_handlers(app: FastAPI) -> None:
    """Answer every error of ``app`` in the format of OpenAI's API."""

    @app.exception_handler(APIError)
    def api_error(request: Request, error: APIError) -> JSONResponse:
        return error.response()

    @app.exception_handler(Busy)
    def busy(request: Request, error: Busy) -> JSONResponse:
        return APIError(429, "queue_full", str(error)).response({"Retry-After": str(error.retry_after)})

    @app.exception_handler(TaskError)
    def task_error(request: Request, error: TaskError) -> JSONResponse:
        failure = error.failure
        return APIError(failure.status, failure.code, failure.message).response()

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            return APIError(400, "invalid_json", "The request body is not valid JSON.").response()
        if first["loc"] == ("body",):
            return APIError(400, "invalid_json", "Send a JSON object with Content-Type: application/json.").response()
        param = ".".join(str(part) for part in first["loc"][1:] if isinstance(part, str)) or None
        return APIError(400, "invalid_value", f"{param}: {first['msg']}", param).response()

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == 400:  # FastAPI raises it for a body that is not text
            return APIError(400, "invalid_json", "The request body is not valid JSON.").response()
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "error")
        message = (
            f"There is no {request.method} {request.url.path}." if error.status_code in (404, 405) else error.detail
        )
        return APIError(error.status_code, code, message).response(dict(error.headers or {}))

    @app.exception_handler(ClientDisconnect)
    def disconnected(request: Request, error: ClientDisconnect) -> Response:
        return Response(status_code=499)  # the client has left

    @app.exception_handler(Exception)
    def unexpected(request: Request, error: Exception) -> JSONResponse:
        return APIError(500, "internal_error", "The server failed; see its log.").response()
