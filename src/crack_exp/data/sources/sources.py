"""All data sources by name.

To add one, write a function that returns examples in a file of its own, its line here, its schema in config/schema.py,
whose fields are the function's arguments, and its YAML in conf/data/.
"""

from collections.abc import Callable

from crack_exp.data.examples import Example
from crack_exp.data.sources.ccic import ccic
from crack_exp.data.sources.own_images import folder, table
from crack_exp.data.sources.sdnet2018 import sdnet2018
from crack_exp.data.sources.synthetic import synthetic

SOURCES: dict[str, Callable[..., list[Example]]] = {
    "synthetic": synthetic,
    "folder": folder,
    "table": table,
    "ccic": ccic,
    "sdnet2018": sdnet2018,
}
"""By the name that data.source has."""
