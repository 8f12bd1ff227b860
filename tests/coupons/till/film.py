"""A film for the browser's fake camera: a QR code held still on a grey table."""

from __future__ import annotations

import zxingcpp
from PIL import Image

WIDTH, HEIGHT = 640, 480


def film(text: str) -> bytes:
    """Return a YUV4MPEG2 film of two frames."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    picture = Image.fromarray(code.to_image(scale=8)).convert("L")
    frame = Image.new("L", (WIDTH, HEIGHT), 128)
    frame.paste(picture, ((WIDTH - picture.width) // 2, (HEIGHT - picture.height) // 2))
    chroma = bytes([128]) * (WIDTH * HEIGHT // 2)
    head = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode()
    return head + (b"FRAME\n" + frame.tobytes() + chroma) * 2
