"""All data sources by name.

To add one:

1. Write a function in a file beside this one. It returns the labelled images as a list of `Example`.
2. Add it to SOURCES.
3. Add a schema to config/schema.py, with a field for each argument of the function and the property `location`, and to
   DATA_SCHEMAS there.
4. Write conf/data/NAME.yaml with a value for each field.
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
"""The keys are the values of the setting data.source."""

PAINTED = "synthetic"
"""The source whose images are all painted by this program."""
