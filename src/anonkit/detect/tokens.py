"""Tokens of providers: keys for services, recognised by the prefix that their vendors gave them.

The forms are the vendors' own documentation, one row for each; prefixes.py has what is of no one
vendor. A token of nothing but `x` is a placeholder in a manual, not a secret.
"""

# ruff: noqa: E501 - a declaration and a list of words read best unbroken
from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from anonkit.detect.detector import LONG, Detector, word
from anonkit.detect.prefixes import ALNUM, HEX, PREFIXES, SAMPLE, token
from anonkit.detect.values import (
    FILLER,
    has_digit_in_long_word,
    is_filled_in,
    is_mixed,
    is_slack,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

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

_URL_SAFE: Final = "[0-9A-Za-z_-]"

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
    token(
        "github-token",
        "GitHub, About authentication to GitHub: token formats",
        rf"gh[opsur]_(?:{ALNUM}{{36,251}}|[0-9]{{1,12}}_eyJ{_URL_SAFE}{{10}}[0-9A-Za-z._-]{{10,900}})",
        "gho_ ghp_ ghs_ ghu_ ghr_",
        "ghp_" + SAMPLE + "aB3dE6",
    ),
    token(
        "github-fine-grained-token",
        "GitHub, Managing your personal access tokens",
        r"github_pat_[0-9A-Za-z_]{22,90}",
        "github_pat_",
        "github_pat_" + SAMPLE,
    ),
    token(
        "gitlab-token",
        "GitLab, Token overview: token prefixes",
        rf"gl(?:pat|oas|dt|rt|rtr|cbt|ptt|ft|imt|agent|soat|ffct|wt)-{_URL_SAFE}{{20,300}}"
        rf"(?:\.{_URL_SAFE}{{2,10}}\.{_URL_SAFE}{{7,12}})?",
        "glpat- gloas- gldt- glrt- glrtr- glcbt- glptt- glft- glimt- glagent- glsoat- glffct- glwt-",
        "glpat-" + SAMPLE[:20],
    ),
    token(
        "gitlab-registration-token",
        "GitLab, Runner registration tokens",
        rf"GR1348941{_URL_SAFE}{{20,50}}",
        "gr0000000",
        "GR1348941" + SAMPLE[:20],
    ),
    token(
        "slack-token",
        "Slack API, Token types",
        r"[x](?:ox[abeoprs]|app|oxe\.xox[bp])-[0-9A-Za-z]{1,14}-[0-9A-Za-z-]{10,400}",
        "xox xapp-",
        "xoxb-" + "123456789012-" + SAMPLE[:24],
        "xoxe.xoxp-1-initial xoxb-our-own-bot-token",
        is_slack,
    ),
    Detector(
        name="web-hook",
        type="SECRET",
        source="Slack, Discord, Microsoft Teams, Zapier: incoming webhooks (the address is the secret)",
        pattern=r"[hdo](?:ooks\.slack\.com|iscord(?:app)?\.com/api|ooks\.zapier\.com/hooks|utlook\.office\.com|ffice\.com)"
        rf"/(?:services|workflows|triggers|webhooks|catch|webhook(?:b2)?)/(?P<value>[0-9A-Za-z_@-]{{4,90}}/{_URL_SAFE}{{4,100}}(?:/{_URL_SAFE}{{6,90}}){{0,3}})",
        marks=("/",),
        hints=("hooks.slack.com", "discord", "hooks.zapier.com", "office.com/webhook"),
        specimen="https://hooks.slack.com/services/T0000ABCD/B0000ABCD/" + SAMPLE[:24],
        false_friend="https://hooks.slack.com/services/ https://example.com/webhooks/github/push",
        priority=65,
    ),
    token(
        "google-api-key",
        "Google Cloud, API keys overview",
        rf"AIza{_URL_SAFE}{{35}}",
        "aiza",
        "AIza" + "Sy" + SAMPLE + "aB3",
    ),
    token(
        "google-oauth-token",
        "Google Identity, OAuth 2.0 access tokens and client secrets",
        rf"[yG](?:(?<=y)a29\.{_URL_SAFE}{{16}}[0-9A-Za-z_.-]{{4,500}}|(?<=G)OCSPX-{_URL_SAFE}{{28}})",
        "ya00. gocspx-",
        "GOCSPX-" + SAMPLE[:28],
    ),
    Detector(
        name="azure-client-secret",
        type="SECRET",
        source="Microsoft Entra ID: client secret values carry `Q~` after three characters and a digit",
        pattern=r"[0-9A-Za-z_~.](?<![0-9A-Za-z_~.-][0-9A-Za-z_~.])[0-9A-Za-z_~.]{2}[0-9]Q~"
        r"[0-9A-Za-z_~.-]{31,34}(?![0-9A-Za-z_~.-])",
        marks=("0A~",),
        specimen="abc8Q~" + SAMPLE + "aB3d",
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
        specimen="AccountKey=" + (SAMPLE * 3)[:86] + "==;EndpointSuffix=core.windows.net",
        false_friend="AccountKey=" + "A" * 86 + "==",
        priority=65,
    ),
    token(
        "stripe-key",
        "Stripe, API keys; webhook signing secrets",
        r"[srw](?:(?<=[rs])k_(?:live|test|prod)_[0-9A-Za-z]{10,250}|(?<=w)hsec_[0-9A-Za-z]{24,64})",
        "sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_ whsec_",
        "sk_" + "live_" + SAMPLE[:24],
        "pk_live_" + SAMPLE[:24],
    ),
    token(
        "npm-token",
        "npm, About access tokens",
        r"npm_[0-9A-Za-z]{36}",
        "npm_",
        "npm_" + SAMPLE + "aB3dE6",
    ),
    token(
        "pypi-token",
        "PyPI, API tokens (a macaroon that names its registry, in Base64)",
        r"pypi-[0-9A-Za-z_-]{50,400}",
        "pypi-",
        "pypi-" + "AgEIcHlwaS5vcmc" + SAMPLE * 2,
    ),
    token(
        "openai-key",
        "OpenAI and Anthropic, API keys",
        r"sk-(?:(?:proj|svcacct|admin|ant-[a-z]{3,8}[0-9]{2})-[0-9A-Za-z_-]{40,250}"
        r"|(?:or-v[0-9]-|[a-z]{2,6}-)?[0-9A-Za-z]{32,64})",
        "sk-",
        "sk-ant-api03-" + SAMPLE * 3,
        "sk-proj-short risk-management-of-the-whole-project-and-more",
    ),
    token(
        "huggingface-token",
        "Hugging Face, User access tokens",
        r"[ha](?:f|pi_org)_[A-Za-z]{34}",
        "hf_ api_org_",
        "hf_" + "aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH",
    ),
    token(
        "vault-token",
        "HashiCorp Vault, Tokens: prefixes hvs., hvb., hvr.; Terraform Cloud atlasv1",
        rf"[h](?:v[sbr]\.{_URL_SAFE}{{24,300}})",
        "hvs. hvb. hvr.",
        "hvs." + SAMPLE * 3,
        "hvs.placeholder",
    ),
    token(
        "vault-token-of-old",
        "HashiCorp Vault, Tokens: service tokens before 1.10 (s. and 24 letters and digits)",
        r"s\.[0-9A-Za-z]{24}",
        "s.",
        "s." + SAMPLE[:24],
        "s.someMethodOfAClass2Call1",
        is_mixed,
    ),
    Detector(
        name="terraform-token",
        type="SECRET",
        source="HCP Terraform, API tokens: 14 characters, `.atlasv1.`, 60 and more",
        pattern=rf"[0-9A-Za-z](?<![0-9A-Za-z]{ALNUM}){ALNUM}{{13}}\.atlasv1\.{_URL_SAFE}{{60,70}}(?![0-9A-Za-z])",
        marks=(".0.",),
        hints=(".atlasv0.",),
        long=60,
        specimen=SAMPLE[:14] + ".atlasv1." + SAMPLE * 2,
        false_friend="docs of .atlasv1. tokens",
        priority=65,
    ),
    token(
        "databricks-token",
        "Databricks, Personal access tokens",
        r"dapi[0-9A-Fa-f]{32}(?:-[0-9])?",
        "dapi",
        "dapi" + HEX[:32],
    ),
    token(
        "digitalocean-token",
        "DigitalOcean, API token prefixes",
        r"do[opr]_v1_[0-9a-f]{64}",
        "dop_v0_ doo_v0_ dor_v0_",
        "dop_v1_" + HEX,
    ),
    token(
        "docker-token",
        "Docker Hub, Access tokens",
        rf"dckr_[po]at_{_URL_SAFE}{{20,40}}",
        "dckr_",
        "dckr_pat_" + SAMPLE[:27],
    ),
    token(
        "doppler-token",
        "Doppler, Token formats",
        r"dp\.(?:pt|st|sa|ct|scim|audit)\.(?:[0-9a-z_-]{2,35}\.)?[0-9A-Za-z]{40,44}",
        "dp.",
        "dp.pt." + SAMPLE + SAMPLE[:13],
    ),
    token(
        "fly-token",
        "Fly.io, Access tokens",
        r"fo1_[0-9A-Za-z_-]{43}",
        "fo0_",
        "fo1_" + SAMPLE + SAMPLE[:13],
    ),
    token(
        "grafana-token",
        "Grafana, Service account and Cloud access policy tokens",
        r"gl(?:c_[0-9A-Za-z]{16}[0-9A-Za-z+/]{16,400}={0,2}|sa_[0-9A-Za-z]{32}_[0-9A-Fa-f]{8})",
        "glc_ glsa_",
        "glsa_" + (SAMPLE * 2)[:32] + "_0a1b2c3d",
    ),
    token(
        "groq-key", "Groq, API keys", r"gsk_[0-9A-Za-z]{48,60}", "gsk_", "gsk_" + (SAMPLE * 2)[:52]
    ),
    token(
        "sendgrid-key",
        "Twilio SendGrid, API keys",
        rf"SG\.{_URL_SAFE}{{16,24}}\.{_URL_SAFE}{{36,50}}",
        "sg.",
        "SG." + SAMPLE[:22] + "." + (SAMPLE * 2)[:43],
    ),
    Detector(
        name="twilio-key",
        type="SECRET",
        source="Twilio, API keys and account SIDs",
        pattern=word(r"[SA](?:(?<=S)K|(?<=A)C)[0-9a-fx]{32}"),
        check=is_filled_in,
        marks=("AA",),
        long=34,
        specimen="SK" + HEX[:32],
        false_friend="SK" + HEX[:16],
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
        specimen=HEX[:32] + "-us12",
        false_friend=HEX[:16] + "-us12",
        priority=65,
    ),
    token(
        "mailgun-key",
        "Mailgun, API keys",
        r"key-[0-9a-f]{32}",
        "key-",
        "key-" + HEX[:32],
    ),
    Detector(
        name="telegram-token",
        type="SECRET",
        source="Telegram Bot API, Authorizing your bot",
        pattern=word(r"[0-9][0-9]{7,10}:(?:A[0-9A-Za-z_-]{33,35}|[0-9A-Za-z_-]{35})"),
        check=is_filled_in,
        marks=("0:",),
        long=34,
        specimen="110201543:A" + (SAMPLE * 2)[:34],
        false_friend="110201543:A" + SAMPLE[:20],
        priority=65,
    ),
    Detector(
        name="discord-token",
        type="SECRET",
        source="Discord, Bot tokens: user id, time and HMAC in Base64",
        pattern=word(rf"[MNO]{_URL_SAFE}{{23,27}}\.{_URL_SAFE}{{6}}\.{_URL_SAFE}{{27,40}}"),
        check=has_digit_in_long_word,
        marks=("A",),
        least=((".", 2), ("0", 1)),
        long=24,
        specimen="MTIz" + SAMPLE[:20] + ".Gh1jKl." + SAMPLE[:27],
        false_friend="Meteorology.GeoTools.Interpolation",
        priority=65,
    ),
    token(
        "shopify-token",
        "Shopify, Access tokens",
        r"shp(?:at|ca|pa|ss|ka|ta)_[0-9A-Fa-f]{32}",
        "shpat_ shpca_ shppa_ shpss_ shpka_ shpta_",
        "shpat_" + HEX[:32],
    ),
    token(
        "square-token",
        "Square, Access tokens and application secrets",
        r"sq0[a-z]{3}-[0-9A-Za-z_-]{22,43}",
        "sq0",
        "sq0atp-" + SAMPLE[:22],
    ),
    token(
        "tailscale-key",
        "Tailscale, Key prefixes",
        r"tskey-[a-z]{2,12}-[0-9A-Za-z]{8,20}-[0-9A-Za-z]{20,40}",
        "tskey-",
        "tskey-auth-" + SAMPLE[:12] + "-" + SAMPLE[:24],
    ),
    token(
        "notion-token",
        "Notion, Authorization: token format since 2024",
        r"ntn_[0-9A-Za-z]{40,60}",
        "ntn_",
        "ntn_" + (SAMPLE * 2)[:46],
    ),
    token(
        "one-password-token",
        "1Password, Service accounts; secret keys (A3-…)",
        r"[oA](?:(?<=o)ps_eyJ[0-9A-Za-z_-]{16}[0-9A-Za-z+/_-]{44,970}={0,3}|(?<=A)3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-"
        r"[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5})",
        "ops_eyj a0-",
        "ops_eyJ" + SAMPLE * 3,
    ),
    token(
        "postman-key",
        "Postman, API keys",
        r"PMAK-[0-9A-Fa-f]{24}-[0-9A-Fa-f]{34}",
        "pmak-",
        "PMAK-" + HEX[:24] + "-" + HEX[:34],
    ),
    token(
        "atlassian-token",
        "Atlassian, API tokens",
        r"AT[AC]TT3x[0-9A-Za-z_-]{16}[0-9A-Za-z_=-]{44,240}",
        "atatt0x atctt0x",
        "ATATT3x" + SAMPLE * 3,
    ),
    token(
        "artifactory-token",
        "JFrog Artifactory, API keys (AKC)",
        r"AKC[0-9A-Za-z]{14,90}",
        "akc",
        "AKCp" + SAMPLE,
    ),
    Detector(
        name="azure-devops-token",
        type="SECRET",
        source="Microsoft, Azure DevOps and AI services: 84 characters with the signature JQQJ9 at place 52",
        pattern=rf"[0-9A-Za-z](?<![0-9A-Za-z]{ALNUM}){ALNUM}{{51}}JQQJ9{ALNUM}{{20,40}}(?![0-9A-Za-z])",
        marks=("AA",),
        hints=("jqqj0",),
        long=76,
        specimen=(SAMPLE * 2)[:52] + "JQQJ99" + SAMPLE[:26],
        false_friend="docs of JQQJ99 tokens",
        priority=65,
    ),
    *PREFIXES,
)
