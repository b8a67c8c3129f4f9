"""What to do about a store that refuses: the second half of a sentence."""

import re
from urllib.parse import urlsplit

from crack_exp.tracking.address import StoreAddress, is_server, sqlite_file, upgrade_command
from crack_exp.tracking.fail_safe import chain

LOGIN = "user and password are given by MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"
DATABASE_LOGIN = (
    "user and password, which are kept nowhere, are given by PGUSER and PGPASSWORD, or by MLFLOW_TRACKING_URI"
)
SILENT = "it does not answer in time: see whether it is overloaded, or set MLFLOW_HTTP_REQUEST_TIMEOUT to more seconds"

NO_RIGHT = (
    "that user may not record here: ask who runs the server for the right to edit the experiment, or use another "
    "tracking.experiment"
)
FAULT = "the fault is in the server: its log says more, e.g. that its database is gone or its disk is full"

OF_SERVER = {
    r"Invalid Host header": "start that server with --allowed-hosts {host}",
    r"error code 401|UNAUTHENTICATED": f"it does not know that user and password: {LOGIN}",
    r"error code 403|PERMISSION_DENIED": NO_RIGHT,
    r"too many 50\d error|error code 50\d|INTERNAL_ERROR|TEMPORARILY_UNAVAILABLE": FAULT,
    r"timed out|[Tt]imeout": SILENT,
    r"error code 404|not in a valid JSON": "that is no tracking server of MLflow: check address and port",
    r"CERTIFICATE_VERIFY_FAILED": "give the file of its certificate by MLFLOW_TRACKING_SERVER_CERT_PATH",
}
"""{what a server, or MLflow's client of it, says: what to do}, the first that fits."""

OF_DATABASE = {
    r"No module named 'psycopg": "install the driver: pip install 'crack-exp[postgres]'",
    r"No module named|Can't load plugin": "install the driver of that database for SQLAlchemy",
    r"password|authentication|role .* does not exist": f"check them: {DATABASE_LOGIN}",
    r"database .* does not exist": "make that database first, e.g. by createdb",
}


def remedy(store: StoreAddress, error: BaseException) -> str:
    """What to do about `error`, which MLflow or a driver raised for `store`."""
    said = "\n".join(str(one) for one in chain(error))
    if isinstance(error, FileNotFoundError) or getattr(error, "error_code", None) == "RESOURCE_DOES_NOT_EXIST":
        return "name the store that has it, e.g. by tracking.uri=sqlite:////home/me/mlflow.db"
    if "out-of-date database schema" in said:
        return (
            "the store is of another version of MLflow: install that one, or, where it is an older one, keep a copy of "
            f"the store and bring it up to date by `{upgrade_command(store.absolute)}`"
        )
    if is_server(store.absolute):
        fitting = _first_fitting(OF_SERVER, said) or f"start that server; {LOGIN}, if it asks for them"
        return fitting.format(host=urlsplit(store.absolute).netloc)
    if sqlite_file(store.absolute) is None:
        return _first_fitting(OF_DATABASE, said) or f"start that database; {DATABASE_LOGIN}"
    return "name a sqlite file that can be written, e.g. tracking.uri=sqlite:////home/me/mlflow.db"


def _first_fitting(remedies: dict[str, str], said: str) -> str | None:
    return next((what for pattern, what in remedies.items() if re.search(pattern, said)), None)
