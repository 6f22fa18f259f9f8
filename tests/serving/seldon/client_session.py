"""What Seldon's own client makes of a server; run in its environment, prints JSON.

``python client_session.py ENDPOINT NAMES ROW``, both as JSON.
"""

import json
import sys

import numpy as np

PAYLOADS = ("tensor", "ndarray")


def main():
    from seldon_core.seldon_client import SeldonClient

    endpoint, names, row = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
    client = SeldonClient(
        gateway="seldon",
        transport="rest",
        gateway_endpoint=endpoint,
        deployment_name="churn",
        client_return_type="dict",
    )
    data = np.array([row], dtype=object)
    numbers = all(isinstance(value, int | float) for value in row)
    told = {}
    for payload in PAYLOADS if numbers else PAYLOADS[1:]:
        sent = data.astype(float) if numbers else data
        told[payload] = client.predict(data=sent, names=names, payload_type=payload)
    raw = {"data": {"names": names, "ndarray": [row]}, "meta": {"puid": "one"}}
    told["raw"] = client.predict(raw_data=raw)
    told["refused"] = client.predict(raw_data={"data": {"ndarray": [["x"]]}})
    feedback = client.feedback(
        raw_request={
            "response": told["raw"].response,
            "truth": {"data": {"ndarray": [[1]]}},
        }
    )
    outcomes = {
        name: {"success": one.success, "response": one.response, "msg": one.msg}
        for name, one in {**told, "feedback": feedback}.items()
    }
    sys.stdout.write(json.dumps(outcomes))


if __name__ == "__main__":
    main()
