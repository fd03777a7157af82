"""Prefixes of tokens: how a token with one is declared, and prefixes that no one service has.

A prefix exists to be found by scanners. Vendors took the form over from each other, so it is
recognised by itself; many vendors have no more to it than a prefix and a length.
"""

# ruff: noqa: E501 - a declaration and a list of words read best unbroken
from __future__ import annotations

from typing import TYPE_CHECKING, Final

from anonkit.detect.detector import LONG, Detector, word
from anonkit.detect.values import is_filled_in, is_mixed

if TYPE_CHECKING:
    from anonkit.detect.detector import Check

# Specimens are put together here so that no scanner takes these files for a leak.
SAMPLE: Final = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0"
HEX: Final = "0123456789abcdef" * 4
ALNUM: Final = "[0-9A-Za-z]"


def token(
    name: str,
    source: str,
    pattern: str,
    starts: str,
    specimen: str,
    false_friend: str = "",
    check: Check = is_filled_in,
) -> Detector:
    """Declare a token whose prefix is its proof; it stands alone as a word."""
    if not pattern.startswith("["):
        pattern = f"[{pattern[0]}]{pattern[1:]}"
    return Detector(
        name=name,
        type="SECRET",
        source=source,
        pattern=word(pattern),
        check=check,
        marks=("0", "_", "-"),
        starts=tuple(starts.split()),
        long=LONG,
        specimen=specimen,
        false_friend=false_friend or specimen[: len(specimen) // 3],
        priority=65,
    )


PREFIXES: Final = (
    Detector(
        name="prefixed-token",
        type="SECRET",
        source="GitHub, Behind GitHub's new authentication token formats (2021), a form that vendors took over: a "
        "prefix, a sign, random letters and digits of both cases",
        pattern=r"[_-](?<=[0-9a-z][_-])(?<!sha1-)(?<!sha256-)(?<!sha384-)(?<!sha512-)(?<!md5-)(?<!pk_live_)(?<!pk_test_)"
        rf"(?P<value>{ALNUM}{{24,200}})(?![\w+/=%-])",
        check=is_mixed,
        marks=("_", "-"),
        long=26,
        specimen="acme_" + SAMPLE + "aB3dE6",
        false_friend="lib_9f86d081884c7d659a2feaa0c55ad015 sha256-"
        + SAMPLE
        + " test_handlesHttp2StreamsOfUtf8InJsonParser3",
        priority=53,
    ),
    Detector(
        name="prefixed-key",
        type="SECRET",
        source="Vendors' key formats after Stripe's: a prefix that says what it is (live, test, sk, pat, key)",
        pattern=r"[_-](?:(?<=[_-]live[_-])|(?<=[_-]test[_-])|(?<=[_-]prod[_-])|(?<=[_-]sk[_-])|(?<=[_-]pat[_-])"
        r"|(?<=[_-]sec[_-])|(?<=[_-]pt[_-])|(?<=[_-]secret[_-])|(?<=[_-]priv[_-]))"
        rf"(?P<value>(?=[a-zA-Z]{{0,12}}[0-9]){ALNUM}{{24,200}})(?![0-9A-Za-z+/=%-])",
        check=is_filled_in,
        marks=("_", "-"),
        hints=(
            "_live_",
            "_test_",
            "_prod_",
            "_sk_",
            "_pat_",
            "_sec_",
            "_pt_",
            "-live-",
            "-test-",
            "-prod-",
            "_secret_",
            "_priv_",
            "-secret-",
        ),
        long=30,
        specimen="shippo_live_" + HEX[:40],
        false_friend="my_test_of_something_20240102 run_test_12345",
        priority=53,
    ),
    token(
        "vendor-prefix-token",
        "Prefixes by vendor: New Relic NRAK-, Linear lin_api_, Pulumi pul-, PlanetScale pscale_, "
        "RubyGems rubygems_, Sentry sntry, Supabase sbp_, Figma figd_, Replicate r8_, Netlify nfp_, "
        "Dynatrace dt0, CircleCI CCIPAT_, Heroku HRKU-, xAI xai-, Perplexity pplx-, Buildkite bkua_, "
        "SonarQube sqp_, Cloudflare cfut_, Vercel vck_, Easypost EZAK, Sourcegraph "
        "sgp_, OpenShift sha256~, Facebook EAA, Bedrock ABSK, Bitbucket ATBB, NVIDIA nvapi-, Pinecone pcsk_, Langfuse sk-lf-, Firecrawl fc-, Cerebras csk-, Tavily tvly-, Jina jina_, NuGet oy2, Airtable pat, PostHog phx_, Salesforce 00D…!",
        r"[0-9A-Za-z](?:(?<=N)RAK-[0-9A-Z]{27}|(?<=l)in_(?:api|oauth)_[0-9A-Za-z]{32,64}"
        r"|(?<=p)ul-[0-9a-f]{40}|(?<=p)scale_[a-z]{2,8}_[0-9A-Za-z_-]{16}[0-9A-Za-z_.=-]{16,48}"
        r"|(?<=r)ubygems_[0-9a-f]{48}|(?<=s)ntry[su]_[0-9A-Za-z_-]{16}[0-9A-Za-z+/=_-]{44,390}|(?<=s)bp_[0-9a-f]{40}"
        r"|(?<=f)igd_[0-9A-Za-z_-]{38,44}|(?<=r)8_[0-9A-Za-z]{37}|(?<=n)fp_[0-9A-Za-z]{36,40}"
        r"|(?<=d)t0[a-z][0-9]{2}\.[0-9A-Z]{24}\.[0-9A-Z]{64}|(?<=C)CIPAT_[0-9A-Za-z_]{40,80}"
        r"|(?<=H)RKU-[0-9A-Za-z_-]{36,66}|(?<=x)ai-[0-9A-Za-z]{60,90}|(?<=p)plx-[0-9A-Za-z]{40,60}"
        r"|(?<=b)kua_[0-9a-z]{40}|(?<=s)q[pua]_[0-9a-f]{40}|(?<=c)f(?:ut|at|k)_[0-9A-Za-z]{40,60}"
        r"|(?<=v)c[akpri]_[0-9A-Za-z]{24,64}|(?<=E)Z[AT]K[0-9A-Za-z]{54}"
        r"|(?<=E)AA[0-9A-Za-z]{80,400}|(?<=A)BSK[0-9A-Za-z+/]{100,200}={0,2}|(?<=j)ina_[0-9a-f]{32}[0-9A-Za-z_-]{20,40}"
        r"|(?<=A)TBB[0-9A-Za-z]{24,32}|(?<=n)vapi-[0-9A-Za-z_-]{60,70}|(?<=p)csk_[0-9A-Za-z_]{30,80}"
        r"|(?<=s)k-lf-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<=f)c-[0-9a-f]{32}"
        r"|(?<=s)b_secret_[0-9A-Za-z_-]{20,40}|(?<=t)vly-(?:dev-|prod-)?[0-9A-Za-z]{28,40}|(?<=c)sk-[0-9A-Za-z]{40,60}"
        r"|(?<=o)y2[a-z0-9]{43}|(?<=p)at[0-9A-Za-z]{14}\.[0-9a-f]{64}|(?<=p)hx_[0-9A-Za-z_-]{32,60}|(?<=0)0D[0-9A-Za-z]{9,15}![0-9A-Za-z._]{60,140}"
        r"|(?<=s)gp_(?:[0-9a-f]{16}_|local_)?[0-9a-f]{40}|(?<=s)ha256~[0-9A-Za-z_-]{43})",
        "eaa absk atbb nvapi- pcsk_ sk-lf- fc- sb_secret_ tvly- csk- jina_ oy0 pat phx_ 00d nrak- lin_api_ lin_oauth_ pul- pscale_ rubygems_ sntrys_ sntryu_ sbp_ figd_ r0_ nfp_ dt0 "
        "ccipat_ hrku- xai- pplx- bkua_ sqp_ squ_ sqa_ cfut_ cfat_ cfk_ ezak eztk sgp_ sha000~ vca_ vcc_ vck_ vcp_ vcr_ vci_",
        "lin_api_" + SAMPLE + SAMPLE[:10],
    ),
)
