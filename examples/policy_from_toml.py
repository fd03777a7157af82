"""Read a policy that somebody wrote as a table, and run dicts through it."""

from pathlib import Path

from anonkit import AnonkitError, Keyring, Pipeline, Policy

POLICY = Path(__file__).with_name("policy.toml")


def main() -> None:
    """Run one purchase through the policy, and show how a misspelt policy is refused."""
    text = POLICY.read_text(encoding="utf-8")
    policy = Policy.from_toml(text, source=POLICY.name)
    pipeline = Pipeline(policy, keys=Keyring.generate())
    purchase = {
        "type": "purchase",
        "at": "2026-05-11T09:02:44Z",
        "customer": 4711,
        "email": "ada@example.com",
        "ip": "2001:db8:85a3:8d3:1319:8a2e:370:7348",
        "amount": 87,
        "items": [{"product": "lamp", "gift_to": "Grace Hopper"}, {"product": "shelf"}],
        "card": "4111 1111 1111 1111",
    }
    print(pipeline.json(purchase))
    print(pipeline.report)

    try:
        Policy.from_toml(text.replace('"drop"', '"dorp"'), source=POLICY.name)
    except AnonkitError as error:
        print(error)


if __name__ == "__main__":
    main()
