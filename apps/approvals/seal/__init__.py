"""The electronic seal: the approved form as a PDF, signed under the platform's certificate."""
