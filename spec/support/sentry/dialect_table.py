"""The servers that can be pretended, by the names that scenarios give them."""

from dialects import Sentry, Sentry9
from glitchtip import GlitchTip
from hosted import Hosted
from sentry23 import Sentry23

DIALECTS = {dialect.name: dialect for dialect in (Sentry, Hosted, Sentry9, Sentry23, GlitchTip)}
