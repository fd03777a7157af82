"""Where anonkit meets what others run: one file per subject, nothing of it loaded by the rest.

collector.py  an ASGI application: raw events in over HTTP, anonymized before they are kept
nameless.py   uvicorn's own log without visitors
visitor.py    what a request tells of its visitor: browser, device, language, address
places.py     where an address is: country, region, large cities
"""
