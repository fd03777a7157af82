"""Tokens of providers: keys for services, recognised by the prefix that their vendors gave them.

The forms are the vendors' own documentation; most begin with a prefix that exists to be found by
scanners. A token of nothing but `x` is a placeholder in a manual, not a secret.
"""

# ruff: noqa: E501 - a declaration and a list of words read best unbroken
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from anonkit.detect.detector import LONG, Detector, word
from anonkit.detect.values import (
    FILLER,
    has_digit_in_long_word,
    is_filled_in,
    is_mixed,
    is_slack,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anonkit.detect.detector import Check


def _token(
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


# 32 or 64 bytes in Base64 end in one or two `=`, which are rare where letters are not.
_PADDED: Final = re.compile(
    r"[=](?<=[0-9A-Za-z+/]{43}=)(?:=(?<=[0-9A-Za-z+/]{86}==))?(?![0-9A-Za-z+/=])"
)
# Random Base64 of 43 characters has far more different ones.
_FEW_DIFFERENT: Final = 16


def find_account_keys(text: str) -> Iterator[tuple[int, int]]:
    """Yield keys of 32 or 64 bytes in Base64 behind a blank, a quote, `:` or `=`."""
    for padding in _PADDED.finditer(text):
        end = padding.end()
        start = padding.start() - (86 if end - padding.start() > 1 else 43)
        if text[start - 1 : start] in _BEFORE_KEY and len(set(text[start:end])) > _FEW_DIFFERENT:
            yield start, end


_BEFORE_KEY: Final = frozenset("=\"' :")

# Specimens are put together here so that no scanner takes this file for a leak.
_A: Final = "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0"
_HEX: Final = "0123456789abcdef" * 4
_W: Final = "[0-9A-Za-z]"
_U: Final = "[0-9A-Za-z_-]"

TOKENS: Final = (
    Detector(
        name="aws-access-key-id",
        type="SECRET",
        source="AWS IAM, Understanding unique ID prefixes (access keys, bearer and context tokens)",
        pattern=word(r"[A](?:3T[A-Z0-9]|KIA|SIA|BIA|CCA)[A-Z2-7]{16}"),
        check=lambda text: not FILLER.search(text),
        marks=("A0AA", "AAAA"),
        starts=("akia", "asia", "abia", "acca", "a0t"),
        long=LONG,
        specimen="AKIA" + "IOSFODNN7EXAMPLE",
        false_friend="AKIA" + "IOSFODNN7",
        priority=65,
    ),
    _token(
        "github-token",
        "GitHub, About authentication to GitHub: token formats",
        rf"gh[opsur]_(?:{_W}{{36,251}}|[0-9]{{1,12}}_eyJ{_U}{{10}}[0-9A-Za-z._-]{{10,900}})",
        "gho_ ghp_ ghs_ ghu_ ghr_",
        "ghp_" + _A + "aB3dE6",
    ),
    _token(
        "github-fine-grained-token",
        "GitHub, Managing your personal access tokens",
        r"github_pat_[0-9A-Za-z_]{22,90}",
        "github_pat_",
        "github_pat_" + _A,
    ),
    _token(
        "gitlab-token",
        "GitLab, Token overview: token prefixes",
        rf"gl(?:pat|oas|dt|rt|rtr|cbt|ptt|ft|imt|agent|soat|ffct|wt)-{_U}{{20,300}}"
        rf"(?:\.{_U}{{2,10}}\.{_U}{{7,12}})?",
        "glpat- gloas- gldt- glrt- glrtr- glcbt- glptt- glft- glimt- glagent- glsoat- glffct- glwt-",
        "glpat-" + _A[:20],
    ),
    _token(
        "gitlab-registration-token",
        "GitLab, Runner registration tokens",
        rf"GR1348941{_U}{{20,50}}",
        "gr0000000",
        "GR1348941" + _A[:20],
    ),
    _token(
        "slack-token",
        "Slack API, Token types",
        r"[x](?:ox[abeoprs]|app|oxe\.xox[bp])-[0-9A-Za-z]{1,14}-[0-9A-Za-z-]{10,400}",
        "xox xapp-",
        "xoxb-" + "123456789012-" + _A[:24],
        "xoxe.xoxp-1-initial xoxb-our-own-bot-token",
        is_slack,
    ),
    Detector(
        name="web-hook",
        type="SECRET",
        source="Slack, Discord, Microsoft Teams, Zapier: incoming webhooks (the address is the secret)",
        pattern=r"[hdo](?:ooks\.slack\.com|iscord(?:app)?\.com/api|ooks\.zapier\.com/hooks|utlook\.office\.com|ffice\.com)"
        rf"/(?:services|workflows|triggers|webhooks|catch|webhook(?:b2)?)/(?P<value>[0-9A-Za-z_@-]{{4,90}}/{_U}{{4,100}}(?:/{_U}{{6,90}}){{0,3}})",
        marks=("/",),
        hints=("hooks.slack.com", "discord", "hooks.zapier.com", "office.com/webhook"),
        specimen="https://hooks.slack.com/services/T0000ABCD/B0000ABCD/" + _A[:24],
        false_friend="https://hooks.slack.com/services/ https://example.com/webhooks/github/push",
        priority=65,
    ),
    _token(
        "google-api-key",
        "Google Cloud, API keys overview",
        rf"AIza{_U}{{35}}",
        "aiza",
        "AIza" + "Sy" + _A + "aB3",
    ),
    _token(
        "google-oauth-token",
        "Google Identity, OAuth 2.0 access tokens and client secrets",
        rf"[yG](?:(?<=y)a29\.{_U}{{16}}[0-9A-Za-z_.-]{{4,500}}|(?<=G)OCSPX-{_U}{{28}})",
        "ya00. gocspx-",
        "GOCSPX-" + _A[:28],
    ),
    Detector(
        name="azure-client-secret",
        type="SECRET",
        source="Microsoft Entra ID: client secret values carry `Q~` after three characters and a digit",
        pattern=r"[0-9A-Za-z_~.](?<![0-9A-Za-z_~.-][0-9A-Za-z_~.])[0-9A-Za-z_~.]{2}[0-9]Q~"
        r"[0-9A-Za-z_~.-]{31,34}(?![0-9A-Za-z_~.-])",
        marks=("0A~",),
        specimen="abc8Q~" + _A + "aB3d",
        false_friend="abc8Q~short",
        priority=65,
    ),
    Detector(
        name="azure-account-key",
        type="SECRET",
        source="Azure Storage, Cosmos DB, Service Bus: connection strings (Base64 of 32 or 64 bytes)",
        finder=find_account_keys,
        marks=("=",),
        gate="[0a-z+/]{40}=",
        specimen="AccountKey=" + (_A * 3)[:86] + "==;EndpointSuffix=core.windows.net",
        false_friend="AccountKey=" + "A" * 86 + "==",
        priority=65,
    ),
    _token(
        "stripe-key",
        "Stripe, API keys; webhook signing secrets",
        r"[srw](?:(?<=[rs])k_(?:live|test|prod)_[0-9A-Za-z]{10,250}|(?<=w)hsec_[0-9A-Za-z]{24,64})",
        "sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_ whsec_",
        "sk_" + "live_" + _A[:24],
        "pk_live_" + _A[:24],
    ),
    _token(
        "npm-token",
        "npm, About access tokens",
        r"npm_[0-9A-Za-z]{36}",
        "npm_",
        "npm_" + _A + "aB3dE6",
    ),
    _token(
        "pypi-token",
        "PyPI, API tokens (a macaroon that names its registry, in Base64)",
        r"pypi-[0-9A-Za-z_-]{50,400}",
        "pypi-",
        "pypi-" + "AgEIcHlwaS5vcmc" + _A * 2,
    ),
    _token(
        "openai-key",
        "OpenAI and Anthropic, API keys",
        r"sk-(?:(?:proj|svcacct|admin|ant-[a-z]{3,8}[0-9]{2})-[0-9A-Za-z_-]{40,250}"
        r"|(?:or-v[0-9]-|[a-z]{2,6}-)?[0-9A-Za-z]{32,64})",
        "sk-",
        "sk-ant-api03-" + _A * 3,
        "sk-proj-short risk-management-of-the-whole-project-and-more",
    ),
    _token(
        "huggingface-token",
        "Hugging Face, User access tokens",
        r"[ha](?:f|pi_org)_[A-Za-z]{34}",
        "hf_ api_org_",
        "hf_" + "aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH",
    ),
    _token(
        "vault-token",
        "HashiCorp Vault, Tokens: prefixes hvs., hvb., hvr.; Terraform Cloud atlasv1",
        rf"[h](?:v[sbr]\.{_U}{{24,300}})",
        "hvs. hvb. hvr.",
        "hvs." + _A * 3,
        "hvs.placeholder",
    ),
    _token(
        "vault-token-of-old",
        "HashiCorp Vault, Tokens: service tokens before 1.10 (s. and 24 letters and digits)",
        r"s\.[0-9A-Za-z]{24}",
        "s.",
        "s." + _A[:24],
        "s.someMethodOfAClass2Call1",
        is_mixed,
    ),
    Detector(
        name="terraform-token",
        type="SECRET",
        source="HCP Terraform, API tokens: 14 characters, `.atlasv1.`, 60 and more",
        pattern=rf"[0-9A-Za-z](?<![0-9A-Za-z]{_W}){_W}{{13}}\.atlasv1\.{_U}{{60,70}}(?![0-9A-Za-z])",
        marks=(".0.",),
        hints=(".atlasv0.",),
        long=60,
        specimen=_A[:14] + ".atlasv1." + _A * 2,
        false_friend="docs of .atlasv1. tokens",
        priority=65,
    ),
    _token(
        "databricks-token",
        "Databricks, Personal access tokens",
        r"dapi[0-9A-Fa-f]{32}(?:-[0-9])?",
        "dapi",
        "dapi" + _HEX[:32],
    ),
    _token(
        "digitalocean-token",
        "DigitalOcean, API token prefixes",
        r"do[opr]_v1_[0-9a-f]{64}",
        "dop_v0_ doo_v0_ dor_v0_",
        "dop_v1_" + _HEX,
    ),
    _token(
        "docker-token",
        "Docker Hub, Access tokens",
        rf"dckr_[po]at_{_U}{{20,40}}",
        "dckr_",
        "dckr_pat_" + _A[:27],
    ),
    _token(
        "doppler-token",
        "Doppler, Token formats",
        r"dp\.(?:pt|st|sa|ct|scim|audit)\.(?:[0-9a-z_-]{2,35}\.)?[0-9A-Za-z]{40,44}",
        "dp.",
        "dp.pt." + _A + _A[:13],
    ),
    _token(
        "fly-token",
        "Fly.io, Access tokens",
        r"fo1_[0-9A-Za-z_-]{43}",
        "fo0_",
        "fo1_" + _A + _A[:13],
    ),
    _token(
        "grafana-token",
        "Grafana, Service account and Cloud access policy tokens",
        r"gl(?:c_[0-9A-Za-z]{16}[0-9A-Za-z+/]{16,400}={0,2}|sa_[0-9A-Za-z]{32}_[0-9A-Fa-f]{8})",
        "glc_ glsa_",
        "glsa_" + (_A * 2)[:32] + "_0a1b2c3d",
    ),
    _token("groq-key", "Groq, API keys", r"gsk_[0-9A-Za-z]{48,60}", "gsk_", "gsk_" + (_A * 2)[:52]),
    _token(
        "sendgrid-key",
        "Twilio SendGrid, API keys",
        rf"SG\.{_U}{{16,24}}\.{_U}{{36,50}}",
        "sg.",
        "SG." + _A[:22] + "." + (_A * 2)[:43],
    ),
    Detector(
        name="twilio-key",
        type="SECRET",
        source="Twilio, API keys and account SIDs",
        pattern=word(r"[SA](?:(?<=S)K|(?<=A)C)[0-9a-fx]{32}"),
        check=is_filled_in,
        marks=("AA",),
        long=34,
        specimen="SK" + _HEX[:32],
        false_friend="SK" + _HEX[:16],
        priority=65,
    ),
    Detector(
        name="mailchimp-key",
        type="SECRET",
        source="Mailchimp, API keys (32 hexadecimal digits and the data centre)",
        pattern=word(r"[0-9a-f][0-9a-f]{31}-us[0-9]{1,2}"),
        check=is_filled_in,
        hints=("-us0",),
        long=36,
        specimen=_HEX[:32] + "-us12",
        false_friend=_HEX[:16] + "-us12",
        priority=65,
    ),
    _token(
        "mailgun-key",
        "Mailgun, API keys",
        r"key-[0-9a-f]{32}",
        "key-",
        "key-" + _HEX[:32],
    ),
    Detector(
        name="telegram-token",
        type="SECRET",
        source="Telegram Bot API, Authorizing your bot",
        pattern=word(r"[0-9][0-9]{7,10}:(?:A[0-9A-Za-z_-]{33,35}|[0-9A-Za-z_-]{35})"),
        check=is_filled_in,
        marks=("0:",),
        long=34,
        specimen="110201543:A" + (_A * 2)[:34],
        false_friend="110201543:A" + _A[:20],
        priority=65,
    ),
    Detector(
        name="discord-token",
        type="SECRET",
        source="Discord, Bot tokens: user id, time and HMAC in Base64",
        pattern=word(rf"[MNO]{_U}{{23,27}}\.{_U}{{6}}\.{_U}{{27,40}}"),
        check=has_digit_in_long_word,
        marks=("A",),
        least=((".", 2), ("0", 1)),
        long=24,
        specimen="MTIz" + _A[:20] + ".Gh1jKl." + _A[:27],
        false_friend="Meteorology.GeoTools.Interpolation",
        priority=65,
    ),
    _token(
        "shopify-token",
        "Shopify, Access tokens",
        r"shp(?:at|ca|pa|ss|ka|ta)_[0-9A-Fa-f]{32}",
        "shpat_ shpca_ shppa_ shpss_ shpka_ shpta_",
        "shpat_" + _HEX[:32],
    ),
    _token(
        "square-token",
        "Square, Access tokens and application secrets",
        r"sq0[a-z]{3}-[0-9A-Za-z_-]{22,43}",
        "sq0",
        "sq0atp-" + _A[:22],
    ),
    _token(
        "tailscale-key",
        "Tailscale, Key prefixes",
        r"tskey-[a-z]{2,12}-[0-9A-Za-z]{8,20}-[0-9A-Za-z]{20,40}",
        "tskey-",
        "tskey-auth-" + _A[:12] + "-" + _A[:24],
    ),
    _token(
        "notion-token",
        "Notion, Authorization: token format since 2024",
        r"ntn_[0-9A-Za-z]{40,60}",
        "ntn_",
        "ntn_" + (_A * 2)[:46],
    ),
    _token(
        "one-password-token",
        "1Password, Service accounts; secret keys (A3-…)",
        r"[oA](?:(?<=o)ps_eyJ[0-9A-Za-z_-]{16}[0-9A-Za-z+/_-]{44,970}={0,3}|(?<=A)3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-"
        r"[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5})",
        "ops_eyj a0-",
        "ops_eyJ" + _A * 3,
    ),
    _token(
        "postman-key",
        "Postman, API keys",
        r"PMAK-[0-9A-Fa-f]{24}-[0-9A-Fa-f]{34}",
        "pmak-",
        "PMAK-" + _HEX[:24] + "-" + _HEX[:34],
    ),
    _token(
        "atlassian-token",
        "Atlassian, API tokens",
        r"AT[AC]TT3x[0-9A-Za-z_-]{16}[0-9A-Za-z_=-]{44,240}",
        "atatt0x atctt0x",
        "ATATT3x" + _A * 3,
    ),
    _token(
        "artifactory-token",
        "JFrog Artifactory, API keys (AKC)",
        r"AKC[0-9A-Za-z]{14,90}",
        "akc",
        "AKCp" + _A,
    ),
    Detector(
        name="azure-devops-token",
        type="SECRET",
        source="Microsoft, Azure DevOps and AI services: 84 characters with the signature JQQJ9 at place 52",
        pattern=rf"[0-9A-Za-z](?<![0-9A-Za-z]{_W}){_W}{{51}}JQQJ9{_W}{{20,40}}(?![0-9A-Za-z])",
        marks=("AA",),
        hints=("jqqj0",),
        long=76,
        specimen=(_A * 2)[:52] + "JQQJ99" + _A[:26],
        false_friend="docs of JQQJ99 tokens",
        priority=65,
    ),
    Detector(
        name="prefixed-token",
        type="SECRET",
        source="GitHub, Behind GitHub's new authentication token formats (2021), a form that vendors took over: a "
        "prefix, a sign, random letters and digits of both cases",
        pattern=r"[_-](?<=[0-9a-z][_-])(?<!sha1-)(?<!sha256-)(?<!sha384-)(?<!sha512-)(?<!md5-)(?<!pk_live_)(?<!pk_test_)"
        rf"(?P<value>{_W}{{24,200}})(?![\w+/=%-])",
        check=is_mixed,
        marks=("_", "-"),
        long=26,
        specimen="acme_" + _A + "aB3dE6",
        false_friend="lib_9f86d081884c7d659a2feaa0c55ad015 sha256-"
        + _A
        + " test_handlesHttp2StreamsOfUtf8InJsonParser3",
        priority=53,
    ),
    Detector(
        name="prefixed-key",
        type="SECRET",
        source="Vendors' key formats after Stripe's: a prefix that says what it is (live, test, sk, pat, key)",
        pattern=r"[_-](?:(?<=[_-]live[_-])|(?<=[_-]test[_-])|(?<=[_-]prod[_-])|(?<=[_-]sk[_-])|(?<=[_-]pat[_-])"
        r"|(?<=[_-]sec[_-])|(?<=[_-]pt[_-])|(?<=[_-]secret[_-])|(?<=[_-]priv[_-]))"
        rf"(?P<value>(?=[a-zA-Z]{{0,12}}[0-9]){_W}{{24,200}})(?![0-9A-Za-z+/=%-])",
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
        specimen="shippo_live_" + _HEX[:40],
        false_friend="my_test_of_something_20240102 run_test_12345",
        priority=53,
    ),
    _token(
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
        "lin_api_" + _A + _A[:10],
    ),
)
