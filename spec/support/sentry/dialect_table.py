"""The servers that can be pretended, by the names that scenarios give them."""

from dialects import Sentry, Sentry9
from glitchtip import GlitchTip
from sentry23 import Sentry23

DIALECTS = {dialect.name: dialect for dialect in (Sentry, Sentry9, Sentry23, GlitchTip)}
