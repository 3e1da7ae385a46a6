"""Where staff land after signing in: the start page of their role, or a choice between the start pages."""

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from pages.gate import doors, member
from staff.policy import signed_in

start = Blueprint("start", __name__, url_prefix="/personal")


@start.get("/")
@signed_in
def start_page() -> ResponseReturnValue:
    open_to = doors(member())
    if open_to and len({grant.role for grant in member().grants}) == 1:
        return redirect(open_to[0].address)  # a coordinator has two doors, one beside the other in the header
    return render_template("staff/start.html", doors=open_to)
