class UploadRefused(ValueError):
    """Why a file is not taken, and what to do about it, in words for whoever uploaded it."""

    def __init__(self, problem: str, advice: str):
        super().__init__(f"{problem}。{advice}。")
        self.problem, self.advice = problem, advice
