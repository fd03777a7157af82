"""What user agents call themselves: the closed vocabulary of the `user_agent` stage.

A row is a word, the tokens that announce it, and a specimen. The word is what leaves, so it is
chosen to be found by the log analysers that look for substrings (GoAccess' `browsers.c` and
`opesys.c`, AWStats' `browsers.pm` and `operating_systems.pm`): `MSIE` rather than Internet
Explorer, `Mac OS X` rather than macOS, `iPhone` rather than iOS. Tokens are in lower case and as
`user_agent` cuts them.

Order is precedence, from the top: an agent names what it is and then all that it wants to be taken
for, so a browser stands above the one it imitates (Edge, Chrome, Safari).
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Row(NamedTuple):
    """One word of the vocabulary, how it is announced, and an agent that does so."""

    word: str
    tokens: tuple[str, ...]
    specimen: str


def _rows(table: str) -> tuple[Row, ...]:
    """Return one row a line: `word | token, token | specimen`, or `word | specimen`."""
    made = []
    for line in table.strip().splitlines():
        word, *tokens, specimen = line.split(" | ")
        made.append(
            Row(word, tuple(tokens[0].split(", ")) if tokens else (word.lower(),), specimen)
        )
    return tuple(made)


def _plain(products: str) -> tuple[Row, ...]:
    """Return one row a product: what announces it is its word, and it needs no other specimen."""
    words = [(product.partition("/")[0], product) for product in products.split()]
    return tuple(Row(word, (word.lower(),), product) for word, product in words)


# Crawlers, previewers, monitors, scanners. Sources: the operators' own pages, to which the agents
# point, and https://github.com/monperrus/crawler-user-agents.
BOTS: Final = _rows("""
Googlebot | googlebot, googlebot-image, googlebot-video, googlebot-news | Googlebot/2.1; Chrome/99
AdsBot-Google | adsbot-google, adsbot-google-mobile | AdsBot-Google (+http://www.google.com/adsbot)
GoogleOther | googleother, googleother-image, googleother-video | GoogleOther-Image/1.0
Chrome-Lighthouse | Chrome/95 Safari/537.36 Chrome-Lighthouse
bingbot | bingbot, bingpreview, adidxbot, msnbot, msnbot-media | bingbot/2.0; Chrome/103 Edg/103
Baiduspider | baiduspider, baiduspider-image, baiduspider-render | Baiduspider/2.0
YandexBot | yandexbot, yandeximages, yandexmobilebot, yandexmetrika | YandexBot/3.0
DuckDuckBot | duckduckbot, duckduckbot-https, duckassistbot | DuckDuckBot/1.1
Slurp | Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help)
Applebot | applebot, applenewsbot | Version/17.4 Safari/605.1.15 (Applebot/0.1)
AhrefsBot | ahrefsbot, ahrefssiteaudit | AhrefsBot/7.0; +http://ahrefs.com/robot/
SemrushBot | semrushbot, semrushbot-sa, semrushbot-ba, siteauditbot | SemrushBot/7~bl
rogerbot | rogerbot, rogerbot-crawler | rogerbot/1.2
PetalBot | petalbot, aspiegelbot | PetalBot;+https://webmaster.petalsearch.com/site/petalbot
Amazonbot | amazonbot, amzn-user, amzn-searchbot | Amazonbot/0.1
GPTBot | gptbot, oai-searchbot, chatgpt-user | GPTBot/1.2; +https://openai.com/gptbot
ClaudeBot | claudebot, claude-user, claude-web, claude-searchbot | ClaudeBot/1.0
PerplexityBot | perplexitybot, perplexity-user | PerplexityBot/1.0
facebookexternalhit | facebookexternalhit, facebot, meta-externalagent | facebookexternalhit/1.1
Slackbot | slackbot, slackbot-linkexpanding, slack-imgproxy | Slackbot-LinkExpanding 1.0
TelegramBot | TelegramBot (like TwitterBot)
SeznamBot | seznambot, seznam | SeznamBot/4.0
Sogou | sogou, sosospider | Sogou web spider/4.0
Yeti | yeti, naverbot | Yeti/1.1
coccocbot | coccocbot, coccocbot-web, coccocbot-image | coccocbot-web/1.0
Qwantify | qwantify, qwantbot | Qwantify/2.4w
SEOkicks | seokicks, seokicks-robot | SEOkicks-Robot
TurnitinBot | turnitinbot, turnitin | TurnitinBot/3.0
netEstate | netEstate NE Crawler (+http://www.website-datenbank.de/)
archive.org_bot | archive.org_bot, ia_archiver, heritrix | archive.org_bot +http://www.archive.org
Nutch | nutch, nutchcvs | your spider name/Nutch-1.7
Pingdom.com | pingdom.com_bot_version_1, pingdom.com, pingdom.com_v2 | Pingdom.com_bot_version_1.4
Datadog | datadog, datadogsynthetics | Datadog Agent/5.10.1
HeadlessChrome | X11; Linux HeadlessChrome/93.0.4577.0 Safari/537.36
PhantomJS | phantomjs, phantomas | Unknown; Linux PhantomJS/2.1.1 Safari/538.1
PTST | X11; Linux Chrome/99 Safari/537.36 PTST/221
Netcraft | netcraft, netcraftsurveyagent | NetcraftSurveyAgent/1.0
CensysInspect | censysinspect, censys | CensysInspect/1.1; +https://about.censys.io/
""") + _plain("""
Mediapartners-Google/2.1 FeedFetcher-Google APIs-Google AppEngine-Google Storebot-Google/1.0
Google-InspectionTool/1.0 Google-Read-Aloud googleweblight MJ12bot/v1.4.8 DotBot/1.2
Bytespider CCBot/2.0 Twitterbot/1.0 LinkedInBot/1.0 Pinterestbot/1.0 Discordbot/2.0
WhatsApp/2.21.12.21 SkypeUriPreview Embedly/0.2 Mastodon/4.1.2 Pleroma YisouSpider MojeekBot/0.11
Exabot/3.0 DataForSeoBot/1.0 BLEXBot/1.0 SISTRIX Barkrowler/0.9 ZoominfoBot linkdexbot/2.0
DomainCrawler/3.0 MauiBot proximic ArchiveBox/0.6 UptimeRobot/2.0 StatusCake GomezAgent/3.0
Catchpoint RuxitSynthetic/1.0 NewRelicPinger/1.0 Site24x7 check_http/v2.2 nagios-plugins/2.3
Monit/5.23.0 Zabbix kube-probe/1.15 ELB-HealthChecker/2.0 GoogleHC/1.0 Prometheus/2.18.1 collectd
SlimerJS Splash SpeedCurve GTmetrix woorankreview/2.0 W3C_Validator/1.767 W3C-checklink/4.81
Validator.nu/LV Expanse zgrab/0.x masscan/1.3 Nmap Nuclei sqlmap/1.5 Nikto ZmEu l9explore/1.3.0
l9tcpid/v1.1.0 WPScan DirBuster Arachni/v1.5.1 ClamAV/0.101.5 acunetix-product HWCDN HTTrack
Bitrix azure-logic-apps/1.0 Microsoft-Flow/1.0 keycdn-tools/h2 webcollage/1.182 Discourse/2.6
CloudflareObservatory/1.0 DareBoost Datanyze Foregenix/2.0 GoogleImageProxy DuplexWeb-Google/1.0
pageburst OneTrust Playwright/1.40 Selenium Cypress/3.3.2 Rigor Splunk MarketGoo/2.1
TagInspector/500 Scope3/2.0 SecurityHeaders YottaaMonitor Siteimprove.com Hexometer
Morningscore/1.0 Mixnode Google-Cloud-Scheduler Google-Cloud-Tasks GoogleAssociationService
Collapsify DejaClick/2.9 Manus-User Devin/1.0 xtate/2.12 brokenlinkcheck.com/1.2
XaxisSemanticsClassifier/1.0 GoogleMessages/15.1 SiteSucker Braze Browsershots IFTTT-Protocol/v1
Xymon SWCD Marginalia iGetter DMBrowser/2.1 bitdiscovery webcollage.original/1.176
GigablastOpenSource/1.0 Sparkler/0.2 updown.io nibbler Owler DCV wechatdevtools
""")

# Programs that fetch feeds, for one reader or for many.
FEEDS: Final = _rows("""
Feedly | feedly, feedlyapp | Feedly/1.0
NewsBlur | NewsBlur Feed Fetcher - 1 subscriber
Inoreader | inoreader, inoreader.com | inoreader.com; 4 subscribers
theoldreader.com | theoldreader.com (5 feeds)
FlipboardProxy | flipboardproxy, flipboardrss | FlipboardProxy/1.6
""") + _plain("""
Feedbin Netvibes Bloglines/3.1 FreshRSS/1.20 tt-rss NetNewsWire/5.0 Akregator/1.2.9 Liferea/1.10
RSSOwl/2.2 Reeder/3.2 ReadKit/7017 FeedDemon/4.5 FeeddlerRSS/2.4 feeder.co Blogtrottr/3.0
Vienna/3.0 newsbeuter/2.9 Newsboat/2.20 newspaper/0.2.8 Apple-PubSub/65.28 SimplePie/1.3
MagpieRSS/0.7 feedparser/6.0 Overcast/3.0 Downcast/2.9 Castro gPodder/3.10
kouio.com Nuzzel QuiteRSS/0.18
""")

# Browsers. Sources: each vendor's documentation, and
# https://developer.mozilla.org/docs/Web/HTTP/Headers/User-Agent.
BROWSERS: Final = (
    _rows("""
Edge | edg, edge, edga, edgios, edgw | Windows NT 10.0 Chrome/118.0 Safari/537.36 Edg/118.0
Opera Mini | opera mini, opios | Opera/9.80 (J2ME/MIDP; Opera Mini/7.1) Presto/2.8 Version/11.1
Opera | opr, opera mobi, opera tablet, opera, opt, opx | X11; Linux Chrome/91 Safari OPR/77.0
UCBrowser | ucbrowser, ubrowser, ucweb, ucpro | Android 4.1 UCBrowser/9.5 Mobile Safari/534.31
YaBrowser | yabrowser, yowser | Windows NT 10.0 Chrome/98.0 YaBrowser/22.3 Yowser/2.5 Safari/537
DuckDuckGo | duckduckgo, ddg, ddg_android, ddg-android | iPhone Version/15 DuckDuckGo/7 Safari/605
Brave | brave, brave_chrome | Macintosh Chrome/80 Brave/1.5 Safari/537.36
MiuiBrowser | Linux; Android 9 Version/4.0 Chrome/71 Mobile Safari/537.36 XiaoMi/MiuiBrowser/12.4
MicroMessenger | Linux; Android 10 Chrome/86 MQQBrowser/6.2 MicroMessenger/8.0
QQBrowser | mqqbrowser, qqbrowser, tencenttraveler | Android 7.0 MQQBrowser/8.0 Mobile Safari
BaiduBrowser | baidubrowser, bidubrowser, baiduboxapp, flyflow | Android 7 baiduboxapp/11 Safari
MetaSr | MSIE 7.0; Windows NT 5.1; SE 2.X MetaSr 1.0
Silk | silk, silk-accelerated | Linux; Android 9 Silk/98.6 like Chrome/98 Safari/537.36
Maxthon | maxthon, myie2 | Windows NT 6.1 Maxthon/4.4 Chrome/30 Safari/537.36
Coc_Coc | coc_coc_browser | Windows NT 6.1 coc_coc_browser/86 Chrome/80 Safari/537.36
Dolphin | dolphin, dolphinhdcn | Android 4.1 Version/4.0 Mobile Safari/534.30 Dolphin/12
Camino | Macintosh Gecko/20100101 Camino/2.2 (like Firefox/3.6)
Netscape | netscape, netscape6, navigator | Windows NT 5.1 Gecko/2007 Firefox/2.0 Navigator/9.0
Focus | focus, klar | Linux; Android 7.0 Version/4.0 Focus/4.1 Chrome/62 Mobile Safari/537.36
Konqueror | compatible; Konqueror/4.4; Linux KHTML/4.4.5 (like Gecko)
NokiaBrowser | nokiabrowser, browserng | SymbianOS NokiaBrowser/7.3 Mobile Safari/533.4
SEMC-Browser | semc-browser, semc | SonyEricssonK750i SEMC-Browser/4.2
Obigo | obigo, obigointernetbrowser, obigo-browser, obigo-q7 | LG/KU990 Obigo/Q05A
UP.Browser | up.browser, up.link | MOT-V177/0.1.75 UP.Browser/6.2.3.9 (GUI) MMP/2.0
J-PHONE | j-phone, softbank | SoftBank/1.0/830SH Browser/NetFront
NetFront | netfront, netfront3, netfrontlifebrowser | SonyEricssonW810i Browser/NetFront/3.3
BlackBerry | blackberry, bb10, playbook | BlackBerry9320/7.1 (BlackBerry; U) Mobile Safari
Links | Links (2.8; Linux 3.5.0 i686; 237x63)
Mosaic | ncsa_mosaic, mosaic | NCSA_Mosaic/2.7 (X11;Linux 2.6.7 i686)
AWeb | amiga-aweb, aweb | Amiga-AWeb/3.4.167SE
Voyager | amigavoyager, voyager, voyager3 | AmigaVoyager/3.2 (AmigaOS)
""")
    + _plain("""
Vivaldi/4.3 SamsungBrowser/8.2 HuaweiBrowser/11.0 HeyTapBrowser/40.7 OppoBrowser/25 VivoBrowser/5
Whale/3.13 Puffin/8.3 Sleipnir/6.1 Comodo_Dragon/33.1 Ecosia Electron/6.0 AlohaBrowser/2.1
QtWebEngine/5.15 Rocket/2.1 SeaMonkey/2.49 PaleMoon/28.2 Waterfox/56.2 Iceweasel/31.8 IceCat/38
IceDragon/40.1 Basilisk/52.9 LibreWolf K-Meleon/74 Flock/2.0 Thunderbird/78.5 Songbird/1.4
Epiphany/605 Galeon/2.0 Midori/0.5 Falkon/3.1 Arora/0.10 QupZilla/1.8 Dooble/1.4 qutebrowser/2.5
OmniWeb/622 iCab/5.0 Avant Lunascape/6.4 SlimBrowser TheWorld OneBrowser/3.5 S40OviBrowser/2.0
Amaya/10 Teleca Jasmine/1.0 Dolfin/2.0 Polaris/6.0 Phantom DoCoMo/2.0
KDDI Lynx/2.8.9rel.1 ELinks/0.12 w3m/0.5.3+git2020 Dillo/3.0.5 NetSurf/3.10 IBrowse/2.4
NetPositive/2.2 WebPositive/533.4 OWB/1.23
NintendoBrowser/4.3 BingWeb/6.9 Hulu/6.8 Spotify/8.4 Viber/12.8 emClient/10.3
""")
    + _rows("""
Microsoft Office | outlook, outlook-express, outlook-ios, msoffice, ms-office, office | MSOffice 16
MSIE | msie, trident, iemobile, msiemobile | compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0
Firefox | firefox, fxios, fennec, minefield, firebird | Windows NT 10.0; rv:118.0 Firefox/118.0
Chrome | chrome, crios, chromium, crmo, cronet | Linux; Android 6.0 Chrome/66.0 Mobile Safari/537.36
Safari | safari, mobilesafari | Macintosh; Intel Mac OS X Version/17.1 Safari/605.1.15
Facebook | fbav, fban, fbios, fb_iab | iPhone; [FBAV/210.0;FBAN/FBIOS]
ExoPlayerLib | exoplayerlib, amznexoplayerlib, exoplayer | Android 9 ExoPlayerLib/2.9
TikTok | tiktok, musical_ly, bytedancewebview | iPhone musical_ly_21 TikTok/21.1
""")
    + _plain("""
Instagram/330.0 Snapchat/10.77 Pinterest/8.0 Twitter/9.1 iTunes/12.1 QuickTime/7.6
AppleCoreMedia/1.0 Sonos/50.1
""")
)

# Libraries and tools: what fetches is somebody's program.
TOOLS: Final = _rows("""
curl | curl, libcurl | curl/8.4.0
Wget | wget, wget2 | Wget/1.21.2 (linux-gnu)
aiohttp | Python/3.11 aiohttp/3.8.4
python-httpx | python-httpx, httpx | python-httpx/0.24.1
Go-http-client | go-http-client, go | Go-http-client/2.0
okhttp | okhttp, okhttp3 | okhttp/4.9.3
Apache-HttpClient | apache-httpclient, apache-httpasyncclient | Apache-HttpClient/4.5 (Java/11)
Commons-HttpClient | commons-httpclient, jakarta | Jakarta Commons-HttpClient/3.1
libwww-perl | libwww-perl, lwp, lwp-trivial, lwp-request | libwww-perl/6.67
gRPC | grpc, grpc-c, grpc-java, grpc-java-netty, grpc-go, grpc-python, grpc-node | grpc-go/1.50
WindowsPowerShell | windowspowershell, powershell | Windows NT 10.0 WindowsPowerShell/5.1
WinHttp | winhttp, winhttp.winhttprequest | WinHttp.WinHttpRequest.5
APT-HTTP | apt-http, apt | Debian APT-HTTP/1.3 (2.6.1)
Python-urllib | python-urllib, python-urllib3, urllib | Python-urllib/3.11
Boto3 | boto3, botocore, boto | Boto3/1.26 md/Botocore Python/3.10
""") + _plain("""
PycURL/7.43 python-requests/2.31.0 python-httplib2/0.20 Scrapy/2.5 colly/2.1 fasthttp Retrofit
PostmanRuntime/7.32.2 Insomnia/2023 RestSharp/106.5 rest-client/2.1.0 axios/1.4.0 node-fetch/1.0
undici got/11.8 node-superagent/3.8 Request-Promise Node Deno/1.30 Bun/1.0 GuzzleHttp/7 Symfony
WordPress/6.2 Faraday/v1.10 http.rb/5.1 Typhoeus/1.4 Mechanize/2.8 reqwest/0.11 hyper/0.14
Microsoft-CryptoAPI/10.0 Microsoft-BITS/7.8 Microsoft-WebDAV-MiniRedir/10.0 git/2.39.2 JGit/6.5
docker/24.0 containerd/1.6 buildkit/0.11 skopeo/1.11 pip/23.1 uv/0.4 Poetry/1.4 npm/9.5 yarn/1.22
Apache-Maven/3.9 Gradle/8.1 cargo/1.69 Composer/2.5 pacman/6.0 libdnf PackageKit/1.2 Homebrew/4.0
aws-sdk-java/1.12 aws-sdk-go/1.44 aws-cli/2.9 Terraform/1.4 ApacheBench/2.3 JMeter k6/0.44 hey/0.0
Locust HTTPie/3.2 rclone/v1.62 aria2/1.36 Transmission/4.0 libfetch/2.0 VLC/3.0.18 Lavf/60.3 libmpv
stagefright/1.2 GStreamer Kodi/20.1 Jersey/2.35 vert.x/4.11 ReactorNetty/1.1 Java-http-client/17
claude-code/2.1 Cursor/3.0 OpenAI/JS PHP/5.2.14 Ruby Perl/5.30 Python/3.11 Java/1.8.0_121
""")

# What is left when nothing names itself: the engine or the platform underneath.
ENGINES: Final = _plain("Dalvik/2.1.0 CFNetwork/1410.1 AppleWebKit/605") + _rows("""
Mozilla | gecko | X11; Linux; rv:1.7 Gecko/20040616
Nokia | Nokia6280/2.0 (03.60) Profile/MIDP-2.0
""")

# Systems, with the analysers' word, which is often the token itself. An iPod says "CPU iPhone OS".
# An iPad that asks for desktop pages (iPadOS 13 and later) cannot be told from a Macintosh.
SYSTEMS: Final = _rows("""
Windows Phone | windows phone, zunewp7 | Windows Phone 10.0; Android 6.0.1
Xbox | Windows NT 10.0; Xbox; Xbox One
PlayStation | playstation, ps4application, orbis | PlayStation 4 5.55
Nintendo | Nintendo WiiU
KAIOS | Mobile; KAIOS/2.5
Tizen | Linux; Tizen 2.3
Web0S | web0s, webos, hpwos | Web0S; Linux/SmartTV
HarmonyOS | harmonyos, openharmony | Phone; OpenHarmony 5.0
Windows CE | windows ce, windows mobile | compatible; Windows CE; IEMobile
BlackBerry | blackberry, bb10, playbook | BB10; Touch
SymbianOS | symbianos, symbian, series60, s60, s60v3, s60v5 | SymbianOS/9.4; Series60/5.0
Bada | SAMSUNG Bada/1.1
Android | android, adr, dalvik, mocordroid2, com.duckduckgo.mobile.android | Linux; U; Android 4.1
iPad | ipad, ipados | iPad; CPU OS 12_1 like Mac OS X
iPhone | iphone, ipod, ios | iPod; CPU iPhone OS 4_3 like Mac OS X
AppleTV | appletv, tvos | AppleTV/16.0.0
CrOS | X11; CrOS x86_64
MeeGo | meego, maemo, sailfish | Maemo; Linux armv7l
Roku | Roku4640X/DVP-7.70
SmartTV | hbbtv, netcast.tv, smarttv, smart-tv, inettvbrowser, crkey | HbbTV/1.1.1; Linux
Windows | windows, winnt, win95, win98, win9x, win32, win64, win, win10 | Windows NT 6.1; WOW64
Mac OS X | macintosh, mac, mac_powerpc, macos | Macintosh; Intel Mac OS X 10_15_7
FreeBSD | X11; FreeBSD amd64
OpenBSD | X11; OpenBSD amd64
NetBSD | X11; NetBSD
DragonFly | X11; DragonFly
SunOS | sunos, solaris | X11; U; SunOS sun4u
AIX | X11; U; AIX 2.3
HP-UX | X11; HP-UX 9000/785
IRIX | irix, irix64 | X11; U; IRIX64 IP27
Haiku | Webpositive/533.4; Haiku
BeOS | NetPositive/2.2.1; BeOS
AmigaOS | amigaos, amiga, amiga-aweb, morphos | AmigaOS 3.1.4; Amiga
Linux | linux, ubuntu, debian, fedora, gentoo, suse, centos, linux-gnu, x11 | X11; Ubuntu; Linux
Darwin | ExampleApp/1 Darwin/22.6.0
Series40 | series40, nokia | Series40; Nokia200/11.64
J2ME | j2me, midp, cldc | Profile/MIDP-2.1 Configuration/CLDC-1.1
BREW | BREW 3.1
""")
