"""The pages of options and metrics, which the code renders itself."""

from typing import Final

from bridge.app.settings import schema
from bridge.config import render_example, render_reference
from bridge.telemetry import Metrics
from tests.docs.reference.markdown import page

_WHENCE: Final = """
Options stand in a YAML file, one section a part of the bridge. `trunkline` reads the file that `--config` or
the variable `TRUNKLINE_CONFIG` names.

* Any option may come from the environment instead, which wins over the file: `TRUNKLINE_`, the option's path
  in capitals, and two underscores for each dot. `TRUNKLINE_HOMESERVER__URL` is `homeserver.url`.
* A secret may come from a file: `sasl_password_file: /run/secrets/libera` in the configuration, or a variable
  that ends in `_FILE`. Secrets are shown as `***`.
* `trunkline config check` names every mistake with its place, `trunkline config show` tells what is in force
  and where each value comes from, and `trunkline config upgrade` moves options that have a new name.
* `NAME` stands for a name of your choice.

A mistake in the section of one network stops that network; a mistake in another section stops the start.
"""

_SHOWN: Final = """
The public listener shows these under `/metrics` once `public.metrics` is true. Label values have a bound:
what is beyond it is counted under `other`. The process itself (memory, CPU, open files) is there too, under
`trunkline_process_…`.
"""


def example() -> str:
    return render_example(schema())


def configuration_page() -> str:
    title, _, rest = render_reference(schema()).partition("\n")
    return page(title.removeprefix("# "), _WHENCE, rest)


def metrics_page() -> str:
    title, _, rest = Metrics().reference().partition("\n")
    return page(title.removeprefix("# "), _SHOWN, rest)
